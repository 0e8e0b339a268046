/* Comma, compound assignment, increments in subscripts, statement expressions, compound literals. */
#include "check.h"

#define SQUARE(e) ({ typeof(e) value_ = (e); value_ * value_; })

static double f(double *x, int n) {
    double a = x[0], b = (a += x[1], a * 2), c;
    int i = 0;
    c = b *= a -= 0.5;
    double *p = (double[]){a, b, c, 1};
    double s = p[i++];
    s *= p[i++ + 1];
    s += SQUARE(SQUARE(x[i % n]) + a);
    s -= *(p + 1) * 2[p];
    s += (n > 1 ? a : b) * ((void)i, c);
    for (double t = s, *q = p; q < p + 4; t += *q++) s += 0.01 * t;
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
