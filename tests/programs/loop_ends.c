// levels: precise
/* Loops that test for their first or last iterations, which then stand apart: of all lengths from zero on. */
#include "overlap.h"

#define IN for (int i = 0; i < n; i++)

NOINLINE static void three(int n, const double *x, double *y) {
    IN {
        double s = sin(x[i]);
        if (i > 0) s -= x[i - 1];
        if (i < n - 1) s += 0.5 * x[i + 1] * x[i];
        y[i] = s;
    }
}

NOINLINE static void five(int n, const double *x, double *y) { /* two at each end */
    IN {
        double s = x[i] * x[i];
        if (i >= 2) s -= x[i - 2];
        if (i + 2 < n) s += 0.5 * x[i + 2] * x[i];
        if (i != n - 1) s *= x[i + 1];
        y[i] = 0.5 * s;
    }
}

NOINLINE static void sizes(int n, const double *x, double *y) { /* counters without sign */
    size_t size = n;
    for (size_t i = 0; i < size; i++) {
        double s = x[i];
        if (i < size - 1) s *= x[i + 1];
        if (i == size - 1) s += y[i];
        y[i] = s;
    }
}

NOINLINE static void short_counter(int n, const double *x, double *y) {
    for (unsigned char i = 0; i < n; i++) y[i] = i + 1 < n ? x[i] * x[i + 1] : x[i];
}

NOINLINE static void downwards(int n, const double *x, double *y) {
    for (int i = n - 1; i >= 0; i--) {
        double s = x[i] * x[i];
        if (i < n - 1) s += y[i + 1];
        if (i > 0) s -= 0.5 * x[i - 1];
        y[i] = s;
    }
}

NOINLINE static void in_steps(int n, const double *x, double *y) { /* the last counter may be n - 2 */
    for (int i = 0; i < n; i += 2) {
        double s = x[i];
        if (i < n - 1) s *= x[i + 1];
        if (i < n - 2) s += y[i + 2];
        y[i] = s;
    }
}

NOINLINE static void from_the_middle(int n, const double *x, double *y) {
    for (int i = n / 2; i < n; i++) {
        double s = x[i];
        if (i > n / 2) s *= x[i - 1];
        if (i < n - 1) s += x[i + 1] * s;
        y[i] = s;
    }
}

NOINLINE static void carried(int n, const double *x, double *y) { /* from one iteration to the next, and out */
    double s = 0.5, last = 0, before = 0;
    IN {
        s = s * x[i] + before;
        before = i < n - 1 ? x[i + 1] * s : 0.25 * s;
        if (i == n - 1) last = s * s;
        y[i] += before;
    }
    if (n > 0) y[0] += last + before;
}

NOINLINE static void inner(int n, const double *x, double *y) { /* conditions of the loop around, too */
    IN for (int j = 0; j < n; j++) {
        double s = 0.125 * x[j];
        if (i > 0) s *= x[i - 1];
        if (i < n - 1) s += x[i + 1];
        if (j > 0) s += x[j - 1] * x[i];
        if (j < n - 1) s -= x[j + 1];
        y[j] += s * (j < i ? 1 : 0.5);
    }
}

NOINLINE static void triangle(int n, const double *x, double *y) {
    IN for (int j = 0; j <= i; j++) y[j] += j < i ? x[j] * x[i] : 0.5 * x[j] * x[j + (i < n - 1)];
}

NOINLINE static void left_early(int n, const double *x, double *y) {
    IN {
        double s = x[i];
        if (i < n - 1) s *= x[i + 1];
        if (s > 0.01) break;
        y[i] += s;
    }
}

NOINLINE static void passed_over(int n, const double *x, double *y) {
    IN {
        if (i == n - 1 || i == 0) continue;
        y[i] = x[i - 1] * x[i + 1] - x[i];
    }
}

NOINLINE static void beyond(int n, const double *x, double *y) { /* conditions on other ends */
    int m = n - 3;
    IN {
        double s = x[i];
        if (i < m) s *= x[i + 1];
        if (i != m - 1 && i > 1) s += x[i - 1] * s;
        y[i] = s;
    }
}

NOINLINE static void at_least_once(int n, const double *x, double *y) {
    int i = 0;
    do {
        double s = x[i];
        if (i < n - 1) s *= x[i + 1];
        y[i] = s;
    } while (++i < n);
}

static unsigned char shift = 7;
static int end;

NOINLINE static void short_words(int n, const double *x, double *y) { /* which come to the same in every other one */
    unsigned char k = shift;
    int m = n * 128, last = m - 128 + k;
    end = last;
    for (int i = 0; i != m; i += 128) {
        double s = x[i >> 7] * x[i >> 7];
        if ((unsigned char)(i + k) == (unsigned char)last) s *= x[(i >> 7) + 1];
        y[i >> 7] = s;
    }
}

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, three)
        CASE(1, five)
        CASE(2, sizes)
        CASE(3, short_counter)
        CASE(4, downwards)
        CASE(5, in_steps)
        CASE(6, from_the_middle)
        CASE(7, carried)
        CASE(8, inner)
        CASE(9, triangle)
        CASE(10, left_early)
        CASE(11, passed_over)
        CASE(12, beyond)
        CASE(13, at_least_once)
        CASE(14, short_words)
    }
}

int main(void) {
    for (int which = 0; which < 15; which++)
        for (int n = 0; n < 9; n++) {
            compare(which, n, 40, 1e-13);
            compare(which, n, 1, 1e-12);
        }
    return report();
}
