/* Quotients that choose: the reverse sweep goes the way of the forward sweep, to the last bit.
   levels: precise */
#include "check.h"

enum { N = 60 };

NOINLINE static double by_a_variable(int n, const double *t, const double *c, double h) {
    double s = 0;
    for (int i = 0; i < n; i++) s += c[(int)(t[i] / h)] * t[i];
    return s;
}

NOINLINE static double by_a_constant(int n, const double *t, const double *c, double h) {
    double s = 0;
    for (int i = 0; i < n; i++) s += c[(int)(t[i] / 0.1)] * t[i] / h;
    return s * h;
}

NOINLINE static double rounded(int n, const double *t, const double *c, double h) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double q = t[i] / h, below = floor(q);
        s += t[i] * (below * below + 2 * below + 1 + sin(q - q) / 7);
    }
    return s + 0 * c[0];
}

NOINLINE static double compared(int n, const double *t, const double *c, double h) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double q = t[i] / h;
        for (int k = N; k >= 0; k--)
            if (q >= k) {
                s += c[k] * t[i];
                break;
            }
    }
    return s;
}

NOINLINE static double through_memory(int n, const double *t, const double *c, double h) {
    double s = 0, q[4];
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < 4; k++) q[k] = t[i] / (k == 2 ? h : 1 + k);
        for (int k = 1; k < 4; k++) q[k] += q[k - 1] * (k == 3);
        s += c[(int)(q[3] - q[3] + q[2])] * t[i];
    }
    return s;
}

/* The derivative that goes into asin is zero, and wins over an infinite slope. */
NOINLINE static double residuals(int n, const double *t, const double *c, double h) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double e = t[i] / 49.0 - h;
        s += e * e * asin(c[i]);
    }
    return s;
}

/* 0.3 / 0.1 is not 3, but 0.3 * 10 is: of what is divided by, little may be left. */
NOINLINE static double divided_by(int n, const double *t, const double *c, double h) {
    double s = 0;
    for (int i = 0; i < n; i++) s += c[i] / (t[i] / 0.1 - 3 * h);
    return s;
}

typedef double function(int, const double *, const double *, double);

int main(void) {
    function *const all[] = {by_a_variable, by_a_constant, rounded, compared, through_memory};
    static double t[N], c[N + 2], dt[LENGTH(all)][N];
    for (int i = 0; i < N + 2; i++) c[i] = (i + 1) * (i + 1);
    for (int i = 0; i < N; i++) t[i] = 0.1 * i;
    volatile double h = 0.1;
    if (!markers_work) return 0;
#define ASK(k, f)                                                                                \
    __enzyme_autodiff((void *)f, enzyme_const, N, enzyme_dup, t, dt[k], enzyme_const, c,         \
                      enzyme_const, (double)h)
    ASK(0, by_a_variable), ASK(1, by_a_constant), ASK(2, rounded), ASK(3, compared);
    ASK(4, through_memory);
    for (int k = 0; k < LENGTH(all); k++)
        for (int i = 0; i < N; i++) CHECK_CLOSE(dt[k][i], c[(int)(t[i] / h)], 1e-13);

    double ones[4] = {1, 1, 1, 1}, dc[4] = {0}, all_49[4] = {49, 49, 49, 49};
    h = 1;
    __enzyme_autodiff((void *)residuals, enzyme_const, 4, enzyme_const, all_49, enzyme_dup, ones, dc,
                      enzyme_const, (double)h);
    for (int i = 0; i < 4; i++) {
        CHECK_TRUE(dc[i] == 0);
        t[i] = 0.3;
    }
    __enzyme_autodiff((void *)divided_by, enzyme_const, 4, enzyme_const, t, enzyme_dup, ones, dc,
                      enzyme_const, (double)h);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(dc[i], 1 / (t[i] / (h / 10) - 3), 1e-13);
    return report();
}
