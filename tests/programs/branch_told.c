/* Which of two numbers was chosen is told by the one that is stored. */
#include "check.h"

static double layers(double *x, int n) { /* each layer keeps what it gives */
    double *y = malloc((size_t)n * sizeof *y), *z = malloc((size_t)n * sizeof *z), sum = 0;
    for (int i = 0; i < n; i++) {
        double v = x[i] * x[(i + 1) % n] - 0.3 * x[i];
        y[i] = v > 0 ? v : 0;
    }
    for (int i = 0; i < n; i++) {
        double v = 0.2 * y[i] * y[i] - y[(i + 1) % n] * x[i];
        z[i] = v < -0.125 ? v : -0.125;
    }
    for (int i = 0; i < n; i++) sum += z[i] * z[i] * y[i];
    free(y);
    free(z);
    return sum;
}
ARRAY_TEST(layers)

static double in_place(double *x, int n) { /* what told is overwritten, or made from itself */
    double sum = 0;
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < n; i++) {
            double v = x[i] * 1.2 - 0.1 * x[(i + 1) % n] * x[i];
            x[i] = v > 0.25 ? v : 0.25;
        }
        for (int i = 0; i < n; i++) x[i] = x[i] > 0.5 ? x[i] : 0.5;
        for (int i = 0; i < n; i++) sum += x[i] * x[i] * (i + 1 + t);
        x[t] = -x[t] * x[t + 1];
    }
    return sum;
}
ARRAY_TEST(in_place)

static double later(double *x, int n) { /* another number lies there in the end, which tells otherwise */
    double y[16], sum = 0;
    for (int i = 0; i < n; i++) {
        double v = x[i] * x[i] - 0.8;
        y[i] = v > 0 ? v : 0;
        sum += y[i] * x[i];
    }
    for (int i = 0; i < n; i++) {
        sum += 3 * y[i];
        y[i] = 1 - y[i];
    }
    for (int i = 0; i < n; i++) sum += y[i] * y[n - 1 - i];
    return sum;
}
ARRAY_TEST(later)

static void rectified(const double *a, double *b, int n) {
    for (int i = 0; i < n; i++) {
        double v = a[i] * a[i] * a[i] - a[i];
        b[i] = v > 0 ? v : 0;
    }
}
static double shifted(double *x, int n) { /* the stores may meet what is read */
    rectified(x, x + 1, n - 1);
    rectified(x + 2, x + 1, n - 2);
    return x[1] * x[2] + x[n - 1];
}
ARRAY_TEST(shifted)

#ifndef __FAST_MATH__
static int ties(void) { /* a tie and what is not a number give it to the constant */
    double x[4] = {0, NAN, 2, -1}, y[4], bx[4] = {0}, by[4] = {1, 1, 1, 1};
    __enzyme_autodiff_void((void *)rectified, enzyme_dup, x, bx, enzyme_dup, y, by, enzyme_const, 4);
    double want[4] = {0, 0, 11, 0};
    for (int i = 0; i < 4; i++) {
        CHECK_CLOSE(bx[i], want[i], 1e-14);
        CHECK_CLOSE(by[i], 0, 0);
    }
    return failures;
}
#endif

#define POINT 0.9, -1.4, 1.3, 0.7, -1.1, 1.6, 0.35

int main(void) {
    CHECK(layers, POINT);
    CHECK(in_place, POINT);
    CHECK(later, POINT);
    CHECK(shifted, POINT);
#ifndef __FAST_MATH__
    if (markers_work) ties();
#endif
    return report();
}
