/* One augmented call, and tangents and gradients from its tape. */
#include <enzyme.h>
#include "check.h"

#define NEAR(got, want) CHECK_CLOSE(got, want, 1e-9)

static NOINLINE double smooth(double *y, int n) {
    double s = 0;
    for (int i = 1; i < n; i++) y[i] += 0.5 * y[i - 1] * y[i], s += y[i];
    return s;
}
static void f(const double *x, double *y, int n) {
    double w[8], p = 1;
    int i = 0;
    for (; p < 6 && i < n; i++) p = w[i] = p * x[i] + 1;
    for (int k = 0; k < n; k++) y[k] = (k < i ? w[k] : 2) * sin(x[k]) + y[k];
    y[0] *= smooth(y, n);
}


/* What a condition and an arm behind it read is read twice, from the tape, too. */
static void steps(double *y, int n) {
    for (int i = 0; i + 1 < n; i++)
        if (y[i] > 0.5) y[i] *= y[i + 1];
}

/* What may be the caller's is read from the tape, also where it is local. */
static void swapped(double *y, int n) {
    double local[4] = {1, 2, 3, 4}, *p = y[0] > 0.1 ? y : local, *q = y[1] > 0 ? local : y;
    for (int i = 0; i < n; i++) {
        q[i] = p[i] * q[(i + 1) % n] + p[i];
        if (q[i] > 0.5) p = q;
    }
    y[0] += local[0] * local[1];
}

enum { N = 4 };
static const double start[N] = {0.7, 1.5, 0.2, 0.9}, seed[N] = {1, 2, -3, 4};

#define FROM_ONE_TAPE(steps)                                                                     \
    static void steps##_from_one_tape(void) {                                                    \
        double y[N], dy[N], gradient[N], tangent[N];                                             \
        memcpy(y, start, sizeof y), memcpy(gradient, seed, sizeof y);                            \
        __enzyme_autodiff_void((void *)steps, y, gradient, N);                                   \
        memcpy(y, start, sizeof y), memcpy(tangent, seed, sizeof y);                             \
        __enzyme_fwddiff_void((void *)steps, y, tangent, N);                                     \
        memcpy(y, start, sizeof y);                                                              \
        void *tape = __enzyme_augmentfwd((void *)steps, y, dy, N);                               \
        for (int i = 0; i < N; i++) y[i] = 123;                                                  \
        memcpy(dy, seed, sizeof y);                                                              \
        __enzyme_reverse_void((void *)steps, enzyme_nofree, y, dy, N, tape);                     \
        for (int i = 0; i < N; i++) NEAR(dy[i], gradient[i]);                                    \
        memcpy(dy, seed, sizeof y);                                                              \
        __enzyme_fwdsplit_void((void *)steps, y, dy, N, tape);                                   \
        for (int i = 0; i < N; i++) NEAR(dy[i], tangent[i]);                                     \
    }
FROM_ONE_TAPE(steps)
FROM_ONE_TAPE(swapped)

int main(void) {
    steps_from_one_tape();
    swapped_from_one_tape();
    double x[N] = {1.5, 0.7, 2, 0.3}, y[N] = {1, 2, 3, 4}, dx[N], dy[N], tx[N], ty[N], bx[N] = {0}, by[N];
    for (int i = 0; i < N; i++) tx[i] = 0.5 - i, ty[i] = i * 0.25, by[i] = 1 - 0.5 * i;
    double y0[N], wx[N], wy[N], gx[N] = {0}, gy[N], keep[N];
    memcpy(y0, y, sizeof y), memcpy(wx, tx, sizeof x), memcpy(wy, ty, sizeof x), memcpy(gy, by, sizeof y);
    memcpy(keep, y, sizeof y);
    __enzyme_fwddiff_void((void *)f, x, wx, keep, wy, N);
    memcpy(keep, y, sizeof y);
    __enzyme_autodiff_void((void *)f, x, gx, keep, gy, N);

    void *tape = __enzyme_augmentfwd((void *)f, x, dx, y, dy, N);
    for (int i = 0; i < N; i++) NEAR(y[i], keep[i]);
    for (int i = 0; i < N; i++) x[i] = y[i] = 123;
    for (int run = 0; run < 2; run++) {
        memcpy(dx, tx, sizeof x), memcpy(dy, ty, sizeof x);
        __enzyme_fwdsplit_void((void *)f, enzyme_nofree, x, dx, y, dy, N, tape);
        for (int i = 0; i < N; i++) NEAR(dy[i], wy[i]);
        memcpy(bx, (double[N]){0}, sizeof bx), memcpy(dy, by, sizeof by);
        __enzyme_reverse_void((void *)f, enzyme_nofree, x, bx, y, dy, N, tape);
        for (int i = 0; i < N; i++) NEAR(bx[i], gx[i]);
        for (int i = 0; i < N; i++) NEAR(dy[i], gy[i]);
    }
    memcpy(bx, (double[N]){0}, sizeof bx), memcpy(dy, by, sizeof by);
    __enzyme_reverse_void((void *)f, x, bx, y, dy, N, tape);
    for (int i = 0; i < N; i++) NEAR(bx[i], gx[i]);
    for (int i = 0; i < N; i++) CHECK_TRUE(x[i] == 123 && y[i] == 123);
    return report();
}
