/* `restrict` promises nothing of memory that is only read: both parameters may be the same array,
   and so are their shadows then. Buffers that are swapped around calls with `restrict`. */
#include "check.h"

static double weighted(const double *restrict a, const double *restrict b, double *restrict out, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        out[i] = a[i] * b[n - 1 - i];
        sum += out[i] * a[i];
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) sum += a[i] * b[j] * out[(i + j) % n];
    return sum;
}

static void step(const double *restrict from, double *restrict to, int n) {
    for (int i = 0; i < n; i++) to[i] = from[i] * from[(i + 1) % n] + 0.5 * from[i];
}

static double swapped(double *first, double *second, int n, int steps) {
    double *from = first, *to = second, sum = 0;
    for (int t = 0; t < steps; t++) {
        step(from, to, n);
        double *other = from;
        from = to;
        to = other;
    }
    for (int i = 0; i < n; i++) sum += from[i] * from[i];
    return sum;
}

static double swapped_after_copy(const double *x, int n, int steps) {
    double a[8], b[8];
    for (int i = 0; i < n; i++) a[i] = x[i], b[i] = 0;
    return swapped(a, b, n, steps);
}

enum { N = 4 };

static double difference(double f(const double *), const double *x, int i, double h) {
    double y[N], far[2], near[2];
    for (int k = 0; k < 2; k++) {
        memcpy(y, x, sizeof y);
        y[i] = x[i] + (k ? h : -h);
        far[k] = f(y);
        y[i] = x[i] + (k ? h : -h) / 2;
        near[k] = f(y);
    }
    return (8 * (near[1] - near[0]) - (far[1] - far[0])) / (6 * h);
}

static double same(const double *x) {
    double out[N];
    return weighted(x, x, out, N);
}

static double three_steps(const double *x) { return swapped_after_copy(x, N, 3); }

int main(void) {
    double x[N] = {0.5, 2, 1.5, -1}, dx[N] = {0}, out[N], dout[N] = {0};
    if (!markers_work) return report();
    __enzyme_autodiff((void *)weighted, enzyme_dup, x, dx, enzyme_dup, x, dx, enzyme_dup, out, dout,
                      enzyme_const, N);
    for (int i = 0; i < N; i++) CHECK_CLOSE(dx[i], difference(same, x, i, 1e-3), 1e-9);

    double a[N], b[N] = {0}, da[N] = {0}, db[N] = {0}, dc[N] = {0};
    memcpy(a, x, sizeof a);
    __enzyme_autodiff((void *)swapped, enzyme_dup, a, da, enzyme_dup, b, db, enzyme_const, N,
                      enzyme_const, 3);
    __enzyme_autodiff((void *)swapped_after_copy, enzyme_dup, x, dc, enzyme_const, N, enzyme_const, 3);
    for (int i = 0; i < N; i++) {
        CHECK_CLOSE(da[i], difference(three_steps, x, i, 1e-3), 1e-8);
        CHECK_CLOSE(dc[i], da[i], 1e-13);
    }
    return report();
}
