/* Newton's method until convergence: the trip count depends on values. */
#include "check.h"

static double root(double a, double b) {
    double x = 1 + a;
    int rounds = 0;
    while (fabs(x * x * x + b * x - a) > 1e-13 && rounds < 60) {
        x -= (x * x * x + b * x - a) / (3 * x * x + b);
        rounds++;
    }
    return x;
}
SCALAR2_TEST(root)

int main(void) {
    CHECK(root, 2.0, 1.0);
    CHECK(root, 5.0, 3.5);
    /* implicit function theorem, also where it stops at another round */
    for (int i = 1; markers_work && i < 40; i++) {
        double a = 0.37 * i, b = 1 + 0.21 * i, x = root(a, b);
        struct two g = __enzyme_autodiff_two((void *)root, a, b);
        CHECK_CLOSE(g.a, 1 / (3 * x * x + b), 1e-6);
        CHECK_CLOSE(g.b, -x / (3 * x * x + b), 1e-6);
    }
    return report();
}
