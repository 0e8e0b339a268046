/* What a loop reads again and again, and may change itself: there is a version of the loop in which
   it does not, which must only run where that is so. */
#include "overlap.h"

struct arrays {
    double *a, *b, *c;
};

#define HIDDEN(p, other) (n > 1000 ? other : p) /* a pointer of which nothing is known */

NOINLINE static void rows(int n, struct arrays *s) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) s->a[j] = 0.5 * s->a[j] + s->b[i] * s->c[n - 1 - j];
}

NOINLINE static void through_struct(int n, double *x, double *y) {
    struct arrays s = {HIDDEN(y, x), HIDDEN(x, y), x};
    rows(n, &s);
}

NOINLINE static void downward(int n, double *x, double *y) {
    struct arrays s = {HIDDEN(x, y), HIDDEN(y, x), x};
    for (int i = 0; i < n; i++)
        for (int j = n - 1; j >= 0; j -= 2) s.b[j] = s.b[j] * s.a[i] + s.c[j];
}

NOINLINE static void eliminated(int n, double *x, double *y) { /* in place, no overlap inside */
    int m = n < 4 ? n : n < 20 ? 4 : 5;
    for (int k = 0; k < m; k++)
        for (int i = k + 1; i < m; i++) {
            x[i * m + k] = x[i * m + k] / (2 + x[k * m + k] * x[k * m + k]);
            for (int j = k + 1; j < m; j++) x[i * m + j] -= x[i * m + k] * x[k * m + j];
        }
    for (int i = 0; i < n; i++) y[i] = 0.5 * y[i] + x[i] * x[i];
}

NOINLINE static void met(int n, double *x, double *y) { /* the stores meet what is read */
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++) x[j] = 0.25 * x[j] + x[k] * y[j];
}

NOINLINE static void chosen(int n, double *x, double *y) {
    double *from = x, *to = y;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) to[j] = 0.5 * to[j] + from[i] * from[j];
        double *other = from;
        from = to;
        to = other;
    }
}

NOINLINE static void narrowed(int n, double *x, double *y) { /* a counter that wraps */
    double *p[2] = {HIDDEN(x, y), HIDDEN(y, x)};
    for (int i = 0; i < 3; i++)
        for (unsigned char j = (unsigned char)n; j-- != 0;) p[i % 2][j] += p[1 - i % 2][i] * p[(i + 1) % 2][j];
}

NOINLINE static void strided(int n, double *x, double *y) { /* strides known at run time */
    double *p[2] = {HIDDEN(y, x), HIDDEN(x, y)};
    for (int step = 1; step < 4; step++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j * step < n; j++)
                p[step % 2][j * step] = 0.5 * p[step % 2][j * step] + p[1 - step % 2][i] * x[j];
}

NOINLINE static void conditional(int n, double *x, double *y) {
    double *p[2] = {HIDDEN(y, x), HIDDEN(x, y)};
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double factor = p[i % 2][i] * 0.5;
            if ((i + j) % 3) p[1 - i % 2][n - 1 - j] *= factor;
        }
}

NOINLINE static void looked_up(int n, double *x, double *y) { /* what stays tells where to read */
    double *p[2] = {HIDDEN(x, y), HIDDEN(y, x)};
    for (int i = 0; i < n; i++)
        for (int j = n - 1; j >= 0; j--) {
            double factor = p[0][i];
            p[1][j] = 0.5 * p[1][j] + factor * p[0][(int)(8 * factor) & 3];
        }
}

enum { FUNCTIONS = 9 };

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, through_struct)
        CASE(1, downward)
        CASE(2, eliminated)
        CASE(3, met)
        CASE(4, chosen)
        CASE(5, narrowed)
        CASE(6, strided)
        CASE(7, conditional)
        CASE(8, looked_up)
    }
}

/* log(det(a)^2), in place: the tape of two nests takes several chunks. */
NOINLINE static double determinant(int n, double *a) {
    double sum = 0;
    for (int k = 0; k < n; k++)
        for (int i = k + 1; i < n; i++) {
            a[i * n + k] /= a[k * n + k];
            for (int j = k + 1; j < n; j++) a[i * n + j] -= a[i * n + k] * a[k * n + j];
        }
    for (int i = 0; i < n; i++) sum += log(a[i * n + i] * a[i * n + i]);
    return sum;
}

static void large(void) {
    enum { N = 90 };
    static double a[N * N], factors[N * N], inverse[N * N];
    for (int i = 0; i < N * N; i++) {
        a[i] = factors[i] = (i % (N + 1) ? 0 : 3) + 0.01 * (i * 7 % 11);
        inverse[i] = 0;
    }
    if (!markers_work) return;
    __enzyme_autodiff((void *)determinant, enzyme_const, N, enzyme_dup, factors, inverse);
    for (int i = 0; i < N; i += 7)
        for (int j = 0; j < N; j += 5) {
            double sum = 0;
            for (int k = 0; k < N; k++) sum += 0.5 * inverse[k * N + i] * a[k * N + j];
            CHECK_CLOSE(sum, i == j, 1e-12);
        }
}

int main(void) {
    for (int which = 0; which < FUNCTIONS; which++)
        for (int n = 1; n <= 22; n += n < 6 ? 1 : 8)
            for (int distance = 0; distance <= 64; distance += distance < 6 ? 1 : 8)
                compare(which, n, distance, 1e-11);
    large();
    return report();
}
