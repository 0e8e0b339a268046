/* An adaptive step: rejected steps, a step size that depends on active values. */
#include "check.h"

static double f(double *p, int n) {
    double t = 0, y = p[0], h = 0.2;
    int rejected = 0;
    (void)n;
    while (t < 1) {
        if (t + h > 1) h = 1 - t;
        double k1 = p[1] * sin(y) - y, y1 = y + h * k1, k2 = p[1] * sin(y1) - y1;
        double y2 = y + h * 0.5 * (k1 + k2), error = fabs(y2 - y1);
        if (error > 1e-3 && rejected < 100) {
            h *= 0.5;
            rejected++;
            continue;
        }
        t += h;
        y = y2;
        if (error < 1e-4) h *= 1.5;
    }
    return y * y;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 1.3, 2.7);
    return report();
}
