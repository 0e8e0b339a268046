/* Values used many times, far apart, and re-used after memory they came from has changed. */
#include "check.h"

static double f(double *x, int n) {
    double a = x[0], b = x[n - 1];
    double products[3] = {a * b, a * a, b * b};
    double *p = products;
    x[0] = sin(products[0]);
    double c = x[0] * p[1];
    p[1] = c * p[2];
    p[2] = exp(-p[1]);
    x[n - 1] = p[2] * c;
    p[0] = x[0];
    return a * c + b * p[1] + p[0] * x[n - 1] + p[2];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5);
    CHECK(f, 0.8);
    return report();
}
