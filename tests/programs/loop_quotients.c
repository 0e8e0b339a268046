/* Quotients divided by quotients, several times: the reverse sweep divides once by each number. */
#include "check.h"

static double quotients(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double q = x[i] / x[(i + 1) % n], w = (1 + x[i]) / q, v = x[(i + 2) % n] / q, u = x[i] / w;
        s += w * v + v / w / q + u / q / w;
    }
    return s;
}
ARRAY_TEST(quotients)

/* By a number of which nothing is left: what does not count stays out of it. */
static double vanishing(double *x, int n) {
    double s = 0;
    for (int i = 1; i < n; i++) {
        double a = x[i] / x[0], b = x[i] * x[i] / x[0];
        s += x[0] > 1e-300 ? a * b : x[i];
    }
    return s;
}
ARRAY_TEST(vanishing)

int main(void) {
    CHECK(quotients, 1.5, 2, 0.7, 1.1, 3);
    CHECK(vanishing, 1.5, 2, 0.7, 1.1);
    if (markers_work) {
        double x[3] = {4e-310, 2, 3}, dx[3] = {0};
        __enzyme_autodiff((void *)vanishing, enzyme_dup, x, dx, enzyme_const, 3);
        CHECK_CLOSE(dx[0], 0, 0);
        CHECK_CLOSE(dx[1], 1, 0);
        CHECK_CLOSE(dx[2], 1, 0);
    }
    return report();
}
