/* Functions with a second result: remquo, lgamma's sign, frexp and modf through pointers. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0, parts[2];
    int exponents[4];
    for (int i = 0; i < n; i++) {
        s += modf(x[i], &parts[i % 2]) * x[0];
        s += frexp(x[i], &exponents[i % 4]);
        s += parts[i % 2] * x[i] + exponents[i % 4] * x[i];
    }
    float whole;
    s += (double)modff(2.75f, &whole) * x[0] + (double)whole;
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -2.7);
    return report();
}
