/* The logarithm of the gamma function leaves its sign in a variable: it stays where it is read. */
#include "check.h"

static double signs(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double y = lgamma(x[i] - 3);
        s += signgam * exp(y) * x[i];
    }
    return s;
}
static double only_the_sign(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        signgam = 7;
        s += 0 * lgamma(x[i] - 3);
        s += signgam * x[i] * x[i];
    }
    return s;
}
ARRAY_TEST(signs)
ARRAY_TEST(only_the_sign)

int main(void) {
    CHECK(signs, 0.5, 0.75, 1.25, 0.3);
    CHECK(only_the_sign, 0.5, 0.75, 1.25, 0.3);
    return report();
}
