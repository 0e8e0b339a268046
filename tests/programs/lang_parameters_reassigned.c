/* Parameters used as variables: scalars, counts and pointers that are advanced. */
#include "check.h"

static double f(double a, double b, double c) {
    while (b > 0.5) {
        a = a * b + c;
        b *= 0.6;
        if (c < b) c += a * 0.1;
        else b -= 0.1;
    }
    double t = a;
    a = c;
    c = t * b;
    return a * c + b;
}

static double g(double *x, int n) {
    double s = *x++;
    while (--n) {
        s = s * *x + 1;
        x++;
    }
    return s * x[-1];
}
SCALAR3_TEST(f)
ARRAY_TEST(g)

int main(void) {
    CHECK(f, 0.3, 5.5, -0.7);
    CHECK(f, 0.3, 0.2, -0.7);
    CHECK(g, 0.3, 1.5, -0.7, 2.0);
    return report();
}
