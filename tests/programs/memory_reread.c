/* What the primal stores itself is loaded from there in the reverse sweep, if it is still there:
 * loops that overwrite it later, run over it again, or store to one place, keep it. */
#include "check.h"

enum { N = 12 };

static double shape(double x) { return sqrt(1 + x * x) / (2 + x); }

/* Still there at the end: upward, downward, every other one, empty loops, a loop that is left. */
static void stays(double *z, int size) {
    (void)size;
    double *x = z, *y = z + N;
    for (int i = 0; i < 4; i++) y[i] = sqrt(1 + x[i] * x[i]);
    for (int i = 7; i >= 4; i--) y[i] = exp(x[i]);
    for (int i = 0; i < (int)check_zero; i++) y[i] = exp(2 * x[i]);
    for (int i = 8; i < N; i++) {
        double e = exp(x[i]);
        y[i] = e;
        if (e > 1.9) break;
        x[i] = e * e;
    }
}
INPLACE_TEST(stays)

/* Two streams that may be one, or overlap; memory that is read and written in one loop. */
static NOINLINE void pointwise(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) y[i] = exp(-0.5 * x[i]);
}
static void streams(double *z, int size) {
    (void)size;
    pointwise(z, z + N, N);
    pointwise(z, z, N);
    pointwise(z, z + 1, N);
    pointwise(z + 5, z + 3, N);
}
INPLACE_TEST(streams)

static NOINLINE void both(double *p, double *q, int n) {
    for (int i = 0; i < n; i++) {
        p[i] = exp(0.3 * q[i]);
        q[i] = shape(p[i]);
    }
}
static void two_ways(double *z, int size) {
    (void)size;
    both(z, z + N, N);
    both(z + 2, z + 1, N);
    both(z + 1, z + 2, N);
    both(z + 3, z + 3, N);
}
INPLACE_TEST(two_ways)

/* The same as parameters that overlap. */
#define OVERLAP(f, a, b)                                                                         \
    static double f##_##a##_##b##_primal(double *z, int n) {                                     \
        (void)n;                                                                                 \
        f(z + a, z + b, N);                                                                      \
        return 0;                                                                                \
    }                                                                                            \
    static void f##_##a##_##b##_reverse(double *z, double *bz, int n) {                          \
        (void)n;                                                                                 \
        __enzyme_autodiff_void((void *)f, enzyme_dup, z + a, bz + a, enzyme_dup, z + b, bz + b,  \
                               enzyme_const, N);                                                 \
    }                                                                                            \
    static double f##_##a##_##b##_forward(double *z, double *dz, int n) {                        \
        (void)n;                                                                                 \
        __enzyme_fwddiff_void((void *)f, enzyme_dup, z + a, dz + a, enzyme_dup, z + b, dz + b,   \
                              enzyme_const, N);                                                  \
        return 0;                                                                                \
    }
OVERLAP(pointwise, 0, 0)
OVERLAP(pointwise, 0, 1)
OVERLAP(pointwise, 2, 0)
OVERLAP(pointwise, 0, 12)
OVERLAP(both, 0, 0)
OVERLAP(both, 0, 1)
OVERLAP(both, 3, 0)
OVERLAP(both, 0, 12)

/* Overwritten: in the same loop, behind it, by a fill, by a function; in the next round. */
static NOINLINE void scale(double *y, int n) {
    for (int i = 0; i < n; i++) y[i] *= 0.5;
}
static void overwritten(double *z, int size) {
    (void)size;
    double *x = z, *y = z + N;
    for (int i = 0; i + 1 < N; i++) {
        y[i] = exp(x[i]);
        y[i + 1] = y[i] * x[i + 1];
    }
    for (int i = 0; i < N; i++) x[i] = sqrt(2 + y[i]);
    for (int i = 0; i < N; i += 2) x[i] = y[i] * x[i + 1];
    for (int i = 0; i < N; i++) {
        double e = exp(x[i]);
        y[i] = e;
        x[i] += e * e;
    }
    memset(y, 0, 4 * sizeof *y);
    scale(y, N);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < N; i++) y[i] = exp(-y[i] * x[i]);
}
INPLACE_TEST(overwritten)

/* One place, few places, places that come again, a place that is read from memory. */
static void places(double *z, int size) {
    (void)size;
    double *x = z, *y = z + N;
    static const int turn[N] = {3, 1, 2, 3, 0, 5, 4, 7, 3, 9, 1, 3};
    for (int i = 0; i < N; i++) y[0] = exp(0.1 * x[i] * y[0]);
    for (int i = 0; i < N; i++) y[i & 3] = sqrt(1 + x[i] * y[i & 3]);
    for (int i = 0; i < N; i++) y[turn[i]] = exp(-x[i] * y[turn[i]]);
    for (unsigned char i = 250; i != 6; i++) y[i & 7] += sqrt(2 + x[i & 7] * y[(i + 1) & 7]);
}
INPLACE_TEST(places)

/* Memory of its own, which nobody else reads; pairs of numbers; floats. */
static double local(double *x, int n) {
    double *t = malloc(2 * n * sizeof *t), sum = 0;
    float small[N];
    for (int i = 0; i < n; i++) {
        t[2 * i] = exp(x[i]);
        t[2 * i + 1] = sqrt(1 + t[2 * i]);
    }
    for (int i = 0; i < n; i++) small[i] = sqrtf((float)(1 + x[i] * x[i]));
    for (int i = 0; i < n; i++) sum += t[2 * i] * t[2 * i + 1] + x[i];
    memset(t, 0, 2 * n * sizeof *t);
    for (int i = 0; i < n; i++) sum += (double)small[i] * 1e-9 + t[i];
    free(t);
    return sum;
}
ARRAY_TEST(local)

/* In two halves: what lies there changes in between. */
static void outward(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) y[i] = exp(x[i]);
}
extern void *__enzyme_augmentfwd(void *, ...);
extern void __enzyme_reverse(void *, ...);
static void halves(void) {
    double x[4] = {0.1, 0.2, 0.3, 0.4}, dx[4] = {0}, y[4], dy[4] = {1, 1, 1, 1};
    void *tape = __enzyme_augmentfwd((void *)outward, enzyme_dup, x, dx, enzyme_dup, y, dy,
                                     enzyme_const, 4);
    for (int i = 0; i < 4; i++) y[i] = -5;
    __enzyme_reverse((void *)outward, enzyme_dup, x, dx, enzyme_dup, y, dy, enzyme_const, 4, tape);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(dx[i], exp(x[i]), 1e-14);
}

/* Twice: the memory is constant to the outer derivative, which keeps what it needs of it. */
static void gradient(const double *x, double *dx, double *y, double *dy) {
    for (int i = 0; i < 4; i++) dy[i] = 1;
    __enzyme_autodiff_void((void *)outward, enzyme_dup, x, dx, enzyme_dup, y, dy, enzyme_const, 4);
}
static void twice(void) {
    double x[4] = {0.1, 0.2, 0.3, 0.4}, tx[4] = {1, 2, 3, 4}, dx[4] = {0}, tdx[4] = {0};
    double y[4], dy[4], ty[4] = {0}, tdy[4] = {0};
    __enzyme_fwddiff_void((void *)gradient, enzyme_dup, x, tx, enzyme_dup, dx, tdx, enzyme_dup, y,
                          ty, enzyme_dup, dy, tdy);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(tdx[i], tx[i] * exp(x[i]), 1e-14);
    for (int i = 0; i < 4; i++) dx[i] = tdx[i] = 0;
    __enzyme_fwddiff_void((void *)gradient, enzyme_dup, x, tx, enzyme_dup, dx, tdx, enzyme_const,
                          y, enzyme_dup, dy, tdy);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(tdx[i], tx[i] * exp(x[i]), 1e-14);
}

/* Not needed, or constant: the numbers are loaded from what is stored for nobody else. */
static void spare(void) {
    double x[4] = {0.1, 0.2, 0.3, 0.4}, dx[4] = {0}, y[4] = {0}, dy[4] = {1, 1, 1, 1};
    __enzyme_autodiff_void((void *)outward, enzyme_dup, x, dx, enzyme_dupnoneed, y, dy,
                           enzyme_const, 4);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(dx[i], exp(x[i]), 1e-14);
    for (int i = 0; i < 4; i++) dx[i] = 0;
    __enzyme_autodiff_void((void *)outward, enzyme_dup, x, dx, enzyme_const, y, enzyme_const, 4);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(dx[i], 0, 0);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(y[i], exp(x[i]), 1e-14);
}

#define TRY(f)                                                                                   \
    do {                                                                                         \
        double z[2 * N + 2];                                                                     \
        for (int i = 0; i < LENGTH(z); i++) z[i] = 0.3 + 0.11 * (i % 7) - 0.05 * (i % 5);        \
        check_run(#f, f##_primal, f##_reverse, f##_forward, z, LENGTH(z), 1e-3, 1e-9);           \
    } while (0)

int main(void) {
    TRY(stays);
    TRY(streams);
    TRY(two_ways);
    TRY(pointwise_0_0);
    TRY(pointwise_0_1);
    TRY(pointwise_2_0);
    TRY(pointwise_0_12);
    TRY(both_0_0);
    TRY(both_0_1);
    TRY(both_3_0);
    TRY(both_0_12);
    TRY(overwritten);
    TRY(places);
    CHECK_TOL(local, 1e-6, 0.3, 0.5, -0.2, 0.7, 0.1);
    if (markers_work) {
        halves();
        twice();
        spare();
    }
    return report();
}
