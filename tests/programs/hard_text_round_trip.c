/* may be refused, or the value read back is constant: a number printed and parsed. */
#include "check.h"

static double f(double *x, int n) {
    char buffer[64];
    double constant = 0;
    snprintf(buffer, sizeof buffer, "%d %d", n, 7);
    sscanf(buffer, "%*d %lf", &constant);
    return x[0] * constant + x[n - 1] * strtod("2.5", NULL);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
