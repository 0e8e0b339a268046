// levels: precise
/* Neighbours at places that are clamped or wrap around, in arrays that may lie in any way: beside each other,
   over each other. */
#include "overlap.h"

#define IN for (int i = 0; i < n; i++)

static int clamped(int i, int n) { return i < 0 ? 0 : i >= n ? n - 1 : i; }

NOINLINE static void five(int n, const double *x, double *y) {
    IN {
        double s = 0;
        for (int k = -2; k <= 2; k++) s += (k + 0.5) * x[clamped(i + k, n)] * x[i];
        y[i] = s;
    }
}

NOINLINE static void least(int n, const double *x, double *y) { /* of counters without sign */
    size_t size = n;
    for (size_t i = 0; i < size; i++) {
        size_t after = i + 3 < size - 1 ? i + 3 : size - 1, before = i > 2 ? i - 2 : 0;
        y[i] += x[after] * x[before];
    }
}

NOINLINE static void backwards(int n, const double *x, double *y) {
    for (int i = n - 1; i >= 0; i--) y[i] = x[clamped(i - 1, n)] * x[clamped(2 * i, n)];
}

NOINLINE static void halfway(int n, const double *x, double *y) { /* not only at the ends */
    IN {
        int j = i < n / 2 ? i : n / 2, k = i > n / 3 ? i : n / 3;
        y[i] = x[j] * x[k] + x[clamped(n - 1 - 2 * i, n)];
    }
}

NOINLINE static void ring(int n, const double *x, double *y) {
    IN y[i] = x[(i + 1) % n] * x[(i + n - 1) % n] + x[i * 5u % n];
}

NOINLINE static void to_the_front(int n, const double *x, double *y) { /* dividends without sign, and negative ones */
    IN {
        int j = (i - 3) % n;
        y[i] = x[j < 0 ? j + n : j] * x[(unsigned)(i * i) % (unsigned)n];
    }
}

NOINLINE static void rows(int n, const double *x, double *y) { /* in two dimensions */
    int h = n / 4, w = 4;
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++)
            y[i * w + j] = x[clamped(i + 1, h) * w + j] * x[i * w + clamped(j - 1, w)] -
                           x[((i + 1) % h) * w + (j + 1) % w] * x[i * w + (j + w - 1) % w];
}

NOINLINE static void indices(int n, const double *x, double *y) { /* with what is beside the array in the middle */
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 3; j++) {
            double s = x[i * 3 + j];
            if (j > 0) s *= x[(i) * 3 + (j - 1)];
            if (j < 2) s -= x[(i) * 3 + (j + 1)];
            if (i > 1) s += x[(i - 2) * 3 + (j)];
            y[i * 3 + j] = s;
        }
}

NOINLINE static void between(int n, const double *x, double *y) { /* from one place in a ring to another */
    int m = n / 2 + 1;
    IN {
        double v = x[(i + 1) % m - (i * 3 + 1) % m + m - 1];
        y[i] = v * v;
    }
}

NOINLINE static void around(int n, const double *x, double *y) { /* what is negative is the largest without sign */
    int low = n - 9;
    IN {
        unsigned k = i - 5 > low ? i - 5 : low;
        double v = x[k < 7 ? k : 7];
        y[i] = v * v;
    }
}

/* The array that is written in front of the other one. */
#define TURNED(f) \
    NOINLINE static void f##_turned(int n, double *y, const double *x) { f(n, x, y); }
TURNED(five)
TURNED(least)
TURNED(backwards)
TURNED(halfway)
TURNED(ring)
TURNED(to_the_front)
TURNED(rows)
TURNED(indices)
TURNED(between)
TURNED(around)

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, five)
        CASE(1, least)
        CASE(2, backwards)
        CASE(3, halfway)
        CASE(4, ring)
        CASE(5, to_the_front)
        CASE(6, rows)
        CASE(7, indices)
        CASE(8, five_turned)
        CASE(9, least_turned)
        CASE(10, backwards_turned)
        CASE(11, halfway_turned)
        CASE(12, ring_turned)
        CASE(13, to_the_front_turned)
        CASE(14, rows_turned)
        CASE(15, indices_turned)
        CASE(16, between)
        CASE(17, between_turned)
        CASE(18, around)
        CASE(19, around_turned)
    }
}

int main(void) {
    for (int which = 0; which < 20; which++)
        for (int n = 0; n < 13; n++) {
            int length = which % 8 == 7 ? 3 * n : n;
            for (int apart = -2; apart < 2; apart++)
                if (length + apart >= 0) compare(which, n, length + apart, 1e-12);
            compare(which, n, 1, 1e-12);
        }
    return report();
}
