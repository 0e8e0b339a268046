// flags: -ffast-math
/* A division that the program makes only where it may: LLVM makes it in any case, and leaves it
   unused. What -ffast-math promises is true of the numbers that the program uses. */
#include "check.h"

static double divided(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++)
        if (x[i] != 0) s += 1 / x[i];
    return s;
}
static double logarithms(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double v = x[i] > 0 ? log(x[i]) : 0;
        s += v * v;
    }
    return s;
}
static double invariant(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        if (x[1] != 0) s += x[i] / x[1];
        if (x[3] > 0) s += sqrt(x[3]) * x[i];
    }
    return s;
}
static double root(const double *x, int n) {
    double r = x[0] * x[0] + x[1] * x[1];
    return r > 0 ? sqrt(r) * x[2] / r : x[2] + x[n - 1];
}

typedef double function(const double *, int);
static void check_at(const double *x, const double *dx, const double *want, int line) {
    for (int i = 0; i < 4; i++)
        if (!is_close(dx[i], want[i], 1e-12)) {
            printf("line %d: %d is %g, want %g\n", line, i, dx[i], want[i]);
            failures++;
        }
}
#define AT(f, a, b, c, d, ...)                                                                   \
    do {                                                                                         \
        double x[4] = {a, b, c, d}, dx[4] = {0}, want[4] = __VA_ARGS__, slope = 0;               \
        __enzyme_autodiff((void *)f, x, dx, 4);                                                  \
        check_at(x, dx, want, __LINE__);                                                         \
        for (int i = 0; i < 4; i++) slope += want[i];                                            \
        double along[4] = {1, 1, 1, 1};                                                          \
        CHECK_CLOSE(__enzyme_fwddiff((void *)f, x, along, enzyme_const, 4), slope, 1e-12);       \
    } while (0)

int main(void) {
    AT(divided, 1, 0, 2, 0, {-1, 0, -0.25, 0});
    AT(logarithms, 1, 0, 2, -3, {0, 0, log(2.0), 0});
    AT(invariant, 1, 0, 2, 0, {0, 0, 0, 0});
    AT(root, 0, 0, 2, 3, {0, 0, 1, 1});
    return report();
}
