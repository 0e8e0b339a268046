/* A function pointer to something that has no derivative is no harm where nothing active goes
   through it. */
#include "check.h"

static int steps;
static void counting(int k) { steps += k; }
static void (*volatile observer)(int) = counting; /* who knows what it is by now */

static double f(double *x, int n) {
    double v = 1;
    for (int i = 0; i < n; i++) {
        v *= x[i] + v;
        observer(i);
        if (v > 100) break;
    }
    return v;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK_TRUE(steps > 0);
    return report();
}
