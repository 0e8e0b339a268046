/* Matrices of fixed size behind one pointer: constants tell that they are apart, unless a loop goes
   on into the next one. Counters of all kinds, and ways to go further than it looks. */
#define NUMBERS 480
#include "overlap.h"

typedef struct {
    double a[8][8], b[8][8], c[8][8], v[8], w[8];
} Parts;

#define PARTS Parts *s = (Parts *)x; (void)y, (void)n
#define EACH(i, m) for (int i = 0; i < (m); i++)

NOINLINE static void product(int n, double *x, double *y) {
    PARTS;
    EACH(i, 8) {
        EACH(j, 8) s->c[i][j] *= 1.5;
        EACH(k, 8) EACH(j, 8) s->c[i][j] += 0.5 * s->a[i][k] * s->b[k][j];
    }
}

/* Rows up to the diagonal, in place. */
NOINLINE static void triangular(int n, double *x, double *y) {
    PARTS;
    EACH(i, 8) EACH(j, 8) {
        double sum = 0;
        EACH(k, i) {
            s->c[k][j] += s->b[i][j] * s->a[i][k];
            sum += s->b[k][j] * s->a[i][k];
        }
        s->c[i][j] = s->c[i][j] * sum + s->a[i][i];
    }
    EACH(i, 8) for (int j = i + 1; j < 8; j++) s->b[i][j] -= s->c[j][i] * s->b[j][i] * s->v[j];
}

/* As many numbers of a row as the caller says: it goes on into the next matrices. */
NOINLINE static void as_told(int n, double *x, double *y) {
    PARTS;
    double *a = s->a[0], *b = s->b[0];
    EACH(i, 4) EACH(k, n) b[k] += a[k] * a[k + i] * 0.25;
}

/* Twelve of eight: the last rows meet the next matrix. */
NOINLINE static void over_the_end(int n, double *x, double *y) {
    PARTS;
    double *a = s->a[0], *b = s->b[0], *c = s->c[0];
    EACH(i, 8) EACH(k, 12) c[i * 8 + k] += a[i * 8 + k] * b[i * 8 + k];
    EACH(i, 8) EACH(k, 12) b[i * 8 + k] *= c[k * 5 + i];
}

/* From wherever, to a bound that it need not meet, since it is left before. */
NOINLINE static void left_before(int n, double *x, double *y) {
    PARTS;
    double *a = s->a[0], *b = s->b[0];
    EACH(i, 3) for (int k = n & 15; k != 8; k++) {
        a[k] += b[k % 64] * s->v[k % 8] * (i + 1);
        if (k >= 90) break;
    }
}

/* Counters of eight bits that wrap around. */
NOINLINE static void bytes(int n, double *x, double *y) {
    PARTS;
    double *a = s->a[0], *v = s->v, *w = s->w;
    EACH(i, 2) for (unsigned char k = 180; k != 20; k += 1) a[k % 192] += a[k / 2] * s->w[i];
    for (signed char k = 3; k > -3; k--) v[k + 3] += v[k + 4] * w[k + 4];
}

NOINLINE static void walked(int n, double *x, double *y) {
    PARTS;
    const double *v = s->v;
    double *b = s->b[0];
    EACH(i, 8) {
        double *to = s->c[i];
        for (const double *from = s->a[i]; from != s->a[i] + 8; from++) *to++ += *from * v[i];
    }
    for (double *p = s->a[0], *q = b; p < b + n; p += 2, q++) *p += *q * *q;
}

/* Bits and remainders, also of what is negative. */
NOINLINE static void masked(int n, double *x, double *y) {
    PARTS;
    double *a = s->a[0], *b = s->b[0];
    EACH(i, n) a[(i * 5 + 3) & 63] += b[(i * 7) % 64] * s->v[i & 7];
    for (int i = -n; i < n; i++) b[8 + i % 8] += a[64 + i % 20] * 0.125 + b[i & 31] * s->w[i & 7];
}

NOINLINE static void copied(int n, double *x, double *y) {
    PARTS;
    EACH(i, 8) {
        memcpy(s->c[i], s->a[7 - i], sizeof s->c[i]);
        EACH(j, 8) s->c[i][j] *= s->b[i][j] * s->c[0][j];
        memmove(s->a[i], s->c[i] + 4, (n < 8 ? n : 8) * sizeof(double));
    }
    memset(s->v, 0, sizeof s->v + 2 * sizeof(double));
    EACH(i, 8) s->v[i] += s->w[i] * s->w[i];
}

NOINLINE static void down(int n, double *x, double *y) {
    PARTS;
    for (int i = 7; i >= 0; i--) {
        double sum = s->v[i];
        for (int j = 7; j > i; j--) sum -= s->a[i][j] * s->w[j];
        s->w[i] = sum / (3 + s->a[i][i]);
    }
    for (unsigned i = 8; i-- > 0;) s->v[i] += s->w[i] * s->v[7 - i];
    double *c = s->c[0], *b = s->b[0];
    for (int i = n; i >= 8; i -= 3) c[i] += c[i - 8] * b[i];
}

/* As many as fit, or are there: two bounds. */
NOINLINE static void least(int n, double *x, double *y) {
    PARTS;
    int few = n < 8 ? n : 8, some = n > 64 ? 64 : n;
    double *b = s->b[0], *c = s->c[0];
    EACH(i, few) EACH(k, few) s->a[i][k] += s->b[k][i] * s->a[k][i];
    EACH(i, 8) EACH(k, some) c[k] += b[k] * s->v[i];
    EACH(i, 8) EACH(k, some) c[k + i] *= s->w[i];
}

/* One of two matrices. */
NOINLINE static void chosen(int n, double *x, double *y) {
    PARTS;
    double(*m)[8] = n & 1 ? s->a : s->c;
    EACH(i, 8) EACH(k, 8) EACH(j, 8) m[i][j] += s->a[i][k] * s->b[k][j] * 0.25;
    EACH(i, 8) EACH(j, 8) s->c[i][j] *= m[j][i];
}

/* Behind a pointer that moves, no part stays where it is. */
NOINLINE static void sliding(int n, double *x, double *y) {
    (void)y;
    for (int t = 0; t + 200 < 400 && t < n; t += 1) {
        Parts *s = (Parts *)(x + t);
        EACH(i, 8) EACH(j, 8) s->b[i][j] += s->a[i][j] * s->a[j][i] * 0.125;
    }
}

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, product)
        CASE(1, triangular)
        CASE(2, as_told)
        CASE(3, over_the_end)
        CASE(4, left_before)
        CASE(5, bytes)
        CASE(6, walked)
        CASE(7, masked)
        CASE(8, copied)
        CASE(9, down)
        CASE(10, least)
        CASE(11, chosen)
        CASE(12, sliding)
    }
}

int main(void) {
    for (int which = 0; which < 13; which++)
        for (int n = 0; n < 71; n += n < 12 ? 1 : 13) compare(which, n, 240, 1e-11);
    return report();
}
