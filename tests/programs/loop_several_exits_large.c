/* A loop that is left in several ways, and so large that the adjoints of its values are many: the
   reverse sweep enters it in several ways, and none of them may start an adjoint anew inside. */
#include "check.h"

#define HALF(k)                                                                                  \
    if (x[(k) % n] > 0.1 * (k)-0.5) s##k = s##k * x[(k) % n] + 0.1 * t;                          \
    t += 0.01 * s##k;
#define ALL(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14)
#define START(k) double s##k = 0.3 + 0.01 * (k);
#define SUM(k) +s##k *(1 + 0.1 * (k))

static double f(double *x, int n) {
    double t = 0;
    ALL(START)
    for (int i = 0; i < 40; i++) {
        ALL(HALF)
        if (t > 2 + x[0]) break;
        t += 0.05 * x[i % n];
        if (i == 11) return t * t ALL(SUM);
        ALL(HALF)
        x[i % n] += 0.01 * t;
    }
    return t ALL(SUM);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.31, -0.22, 0.53, 0.74, 0.16);
    CHECK(f, 0.01, -0.11, 0.02, 0.03, -0.12);
    return report();
}
