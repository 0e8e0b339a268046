/* Locals that are only written on the ways where they are read. */
#include "check.h"

static double f(double *x, int n) {
    double t, buffer[8], last;
    int have = 0;
    for (int i = 0; i < n; i++) {
        if (x[i] > 0) {
            t = x[i] * x[i];
            buffer[have++] = t;
        } else if (have) {
            buffer[have - 1] *= x[i];
        }
    }
    last = have ? buffer[have - 1] : 1;
    for (int i = 0; i < have; i++) last += buffer[i] * last * 0.1;
    return last;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75, 1.5);
    CHECK(f, -0.5, 0.25, -0.75, 1.5, -2.0);
    CHECK(f, -0.5, -2);
    return report();
}
