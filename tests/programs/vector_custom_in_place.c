/* Registered derivatives that change memory which they read, in several directions: what one call has
   written is taken back before the next. They have blocks and variables of their own, copy, call
   helpers, and keep a tape; the reverse function puts the memory back to what it was. */
#include <enzyme.h>
#include "check.h"

static NOINLINE void power(double *x, int n, double k) {
    for (int i = 0; i < n; i++) x[i] *= x[i] * k;
}

static void one(double *x, double *dx, double *own, double k, double dk) {
    own[0] = *x;
    *dx = 2 * own[0] * *dx * k + own[0] * own[0] * dk;
    *x = own[0] * own[0] * k;
}
static void power_tangent(double *x, double *dx, int n, int dn, double k, double dk) {
    double own[2], *block = malloc(n * sizeof *block);
    memcpy(block, x, n * sizeof *x);
    memset(x, 0, n * sizeof *x);
    memcpy(x, block, n * sizeof *x);
    free(block);
    for (int i = 0; i < n; i++) one(x + i, dx + i, own, k, dk);
}
ENZYME_REGISTER_DERIVATIVE(power, power_tangent);

static double *power_augmented(double *x, double *dx, int n, int dn, double k) {
    double *tape = malloc(n * sizeof *tape);
    for (int i = 0; i < n; i++) {
        tape[i] = x[i];
        x[i] *= x[i] * k;
    }
    return tape;
}
static double power_reverse(double *x, double *dx, int n, int dn, double k, double *tape) {
    double dk = 0;
    for (int i = 0; i < n; i++) {
        dk += dx[i] * tape[i] * tape[i];
        x[i] = sqrt(x[i] / k);
        dx[i] *= 2 * x[i] * k;
    }
    free(tape);
    return dk;
}
ENZYME_REGISTER_GRADIENT(power, power_augmented, power_reverse);

static double f(double *x, double k) {
    power(x, 2, k);
    double s = x[0];
    power(x, 2, k);
    return x[0] * x[1] * s;
}

struct lanes {
    double l[3];
};
struct lanes __enzyme_fwddiff_3(void *, ...);
struct lanes __enzyme_autodiff_3(void *, ...);
struct augmented {
    void *tape;
    double result;
};
struct augmented __enzyme_augmentfwd_f(void *, ...);
struct lanes __enzyme_reverse_3(void *, ...);

int main(void) {
    /* with a = x0 x0 k, b = x1 x1 k:  f = a a k b b k a = k^7 x0^6 x1^4 */
    double x0 = 1.2, x1 = 0.7, k = 1.5, value = pow(k, 7) * pow(x0, 6) * pow(x1, 4);
    double want[3] = {6 * value / x0, 4 * value / x1, 7 * value / k};
    double x[2] = {x0, x1}, d[3][2] = {{1, 0}, {0, 1}, {0, 0}};
    struct lanes r = __enzyme_fwddiff_3((void *)f, enzyme_width, 3, enzyme_dup, x, d[0], d[1], d[2],
                                        k, 0.0, 0.0, 1.0);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(r.l[i], want[i], 1e-12);
    CHECK_CLOSE(x[0], k * k * k * pow(x0, 4), 1e-12);
    CHECK_CLOSE(x[1], k * k * k * pow(x1, 4), 1e-12);
    CHECK_CLOSE(d[0][0], 4 * x[0] / x0, 1e-12);
    CHECK_CLOSE(d[2][1], 3 * x[1] / k, 1e-12);
    CHECK_CLOSE(d[1][0], 0, 1e-12);

    for (int split = 0; split < 2; split++) {
        memset(d, 0, sizeof d);
        x[0] = x0, x[1] = x1;
        if (!split) {
            r = __enzyme_autodiff_3((void *)f, enzyme_width, 3, enzyme_dup, x, d[0], d[1], d[2], k);
        } else {
            struct augmented half = __enzyme_augmentfwd_f((void *)f, enzyme_width, 3, enzyme_dup, x,
                                                          d[0], d[1], d[2], k);
            CHECK_CLOSE(half.result, value, 1e-12);
            CHECK_CLOSE(x[0], k * k * k * pow(x0, 4), 1e-12);
            struct lanes seeds = {{1, 2, 3}};
            r = __enzyme_reverse_3((void *)f, enzyme_width, 3, enzyme_dup, x, d[0], d[1], d[2], k,
                                   seeds, half.tape);
        }
        for (int i = 0; i < 3; i++) {
            double seed = split ? i + 1 : 1;
            CHECK_CLOSE(r.l[i], seed * want[2], 1e-12);
            CHECK_CLOSE(d[i][0], seed * want[0], 1e-12);
            CHECK_CLOSE(d[i][1], seed * want[1], 1e-12);
        }
        CHECK_CLOSE(x[0], x0, 1e-12);
        CHECK_CLOSE(x[1], x1, 1e-12);
    }
    return failures != 0;
}
