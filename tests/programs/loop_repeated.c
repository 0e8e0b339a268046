/* Numbers that a loop reads again and again, and that change afterwards: they are kept once for all
   iterations, but only where nothing in the loop changes them, nor the address of the read. */
#include "overlap.h"

NOINLINE static void recurrent(int n, const double *x, double *y) { /* y: the state, overwritten */
    double next[16];
    int m = n < 16 ? n : 16;
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < m; i++) {
            double sum = x[i];
            for (int j = 0; j < m; j++) sum += x[(i * m + j) % 64] * y[j];
            next[i] = sin(sum);
        }
        memcpy(y, next, m * sizeof *y);
    }
}

NOINLINE static void seidel(int n, const double *x, double *y) { /* what is read does change */
    int m = n < 12 ? n : 12;
    for (int t = 0; t < 3; t++)
        for (int i = 0; i < m; i++) {
            double sum = x[i];
            for (int j = 0; j < m; j++) sum += x[i + j] * y[j];
            y[i] = sin(sum);
        }
}

NOINLINE static void triangle(int n, const double *x, double *y) { /* inner loops of many lengths */
    int m = n < 12 ? n : 12;
    for (int t = 0; t < 3; t++) {
        double next[12];
        for (int i = 0; i < m; i++) {
            next[i] = x[i];
            for (int j = 0; j <= i; j++) next[i] += x[i + j] * y[j];
            for (int j = i; j < m; j++) next[i] += x[i + j] * y[j] * y[j - i];
            for (int j = 0; j < m; j++) next[i] += x[j] * y[(i + j) % m];
        }
        for (int i = 0; i < m; i++) y[i] = cos(next[i]);
    }
}

NOINLINE static void guarded(int n, const double *x, double *y) { /* not in each iteration */
    int m = n < 12 ? n : 12;
    for (int t = 0; t < 3; t++) {
        double next[12];
        for (int i = 0; i < m; i++) {
            next[i] = x[i];
            for (int j = 0; j < m; j++)
                if ((i + j + t) % 3 != 1) next[i] += x[j] * y[j];
            if (i % 2)
                for (int j = 0; j < m; j++)
                    if (y[j] > 0) next[i] += y[j] * y[m - 1 - j];
        }
        for (int i = 0; i < m; i++) y[i] = next[i] * 0.25;
    }
}

NOINLINE static void outermost(int n, const double *x, double *y) { /* the same for all of t */
    double local[4][4], sum = 0;
    for (int i = 0; i < 16; i++) local[i / 4][i % 4] = x[i] * x[i + 1];
    for (int t = 0; t < n; t++)
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++) sum += local[i][j] * local[j][i] * x[t + i];
    for (int i = 0; i < 16; i++) local[i / 4][i % 4] = sum * x[i];
    for (int t = 0; t < n; t++)
        for (int i = 0; i < 4; i++) y[t] = y[t] * 0.5 + local[i][i] * local[0][i] * x[t];
    for (int i = 0; i < 4; i++) y[i] += local[1][i];
}

NOINLINE static void walked(int n, const double *x, double *y) { /* pointers, and counting down */
    double copy[12], next[12];
    int m = n < 12 ? n : 12;
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < m; i++) copy[i] = sin(y[i] + x[t]);
        for (int i = m - 1; i >= 0; i--) {
            next[i] = 0;
            const double *p = copy + m;
            while (p-- > copy) next[i] += *p * x[i] * copy[0];
        }
        for (int i = 0; i < m; i++) y[i] = next[i];
    }
}

NOINLINE static void unknown(int n, const double *x, double *y) { /* loops that nobody counts */
    int m = n < 12 ? n : 12;
    double size = 1;
    for (int t = 0; size < 9 && t < 9; t++) {
        double next[12];
        for (int i = 0; i < m; i++) {
            next[i] = 0.5;
            for (int j = 0; j < m; j++) next[i] += x[j] * y[j] * 0.5;
            for (int j = 0; j < m && y[j] < 0.75; j++) next[i] += x[i] * y[j];
        }
        size = 0;
        for (int i = 0; i < m; i++) y[i] = next[i], size += next[i] * next[i];
    }
}

NOINLINE static void exchanged(int n, const double *x, double *y) {
    double a[12], b[12], *p = a, *q = b;
    int m = n < 12 ? n : 12;
    for (int i = 0; i < m; i++) a[i] = y[i], b[i] = x[i];
    for (int t = 0; t < n % 5; t++) {
        for (int i = 0; i < m; i++) {
            double sum = q[i] * 0.5;
            for (int j = 0; j < m; j++) sum += x[i + j] * p[j];
            q[i] = sin(sum);
        }
        double *other = p;
        p = q;
        q = other;
    }
    for (int i = 0; i < m; i++) y[i] = p[i] * q[m - 1 - i];
}

NOINLINE static void shifted(int n, const double *x, double *y) { /* exchanged, but one object */
    double *p = y, *q = y + 2;
    int m = n < 12 ? n : 12;
    for (int t = 0; t < n % 7; t++) {
        for (int i = 0; i < m; i++) {
            double sum = q[i] * 0.5;
            for (int j = 0; j < m; j++) sum += x[i + j] * p[j];
            q[i] = sin(sum);
        }
        double *other = p;
        p = q;
        q = other;
    }
}

NOINLINE static void now_and_then(int n, const double *x, double *y) { /* one follows the other */
    double a[12], b[12], *p = a, *q = b;
    int m = n < 12 ? n : 12;
    for (int i = 0; i < m; i++) a[i] = y[i], b[i] = x[i];
    for (int t = 0; t < n % 7; t++) {
        for (int i = 0; i < m; i++) {
            double sum = q[i] * 0.5;
            for (int j = 0; j < m; j++) sum += x[i + j] * p[j];
            q[i] = sin(sum);
        }
        p = q;
        if (t == n % 3) q = a;
    }
    for (int i = 0; i < m; i++) y[i] = p[i] * q[m - 1 - i];
}

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, recurrent)
        CASE(1, seidel)
        CASE(2, triangle)
        CASE(3, guarded)
        CASE(4, outermost)
        CASE(5, walked)
        CASE(6, unknown)
        CASE(7, exchanged)
        CASE(8, shifted)
        CASE(9, now_and_then)
    }
}

int main(void) {
    for (int which = 0; which < 10; which++)
        for (int n = 1; n <= 32; n += n < 10 ? 1 : 7)
            for (int distance = 0; distance <= 80; distance += distance < 4 ? 1 : 9)
                compare(which, n, distance, 1e-11);
    return report();
}
