/* noinline helpers with several scalar outputs through pointers, some ignored. */
#include "check.h"

static NOINLINE void polar(double x, double y, double *r, double *angle) {
    *r = sqrt(x * x + y * y);
    if (angle) *angle = atan2(y, x);
}
static NOINLINE int quadratic(double a, double b, double c, double *first, double *second) {
    double d = b * b - 4 * a * c;
    if (d < 0) return 0;
    *first = (-b - sqrt(d)) / (2 * a);
    *second = c / (a * *first);
    return 2;
}

static double f(double *x, int n) {
    double r, angle, unused, one = 0, two = 0;
    polar(x[0], x[1], &r, &angle);
    polar(x[1], r, &unused, NULL);
    polar(r, angle, &r, &angle);
    int roots = quadratic(x[0], x[1], x[n - 1], &one, &two);
    return r * angle + roots * one * two * two + one;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 0.3, 1.5, 7.0);
    return report();
}
