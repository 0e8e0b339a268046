/* levels: precise
   Hundreds of statements without a loop: the guards of long code, and zeros that win there. */
#include "check.h"

#define FOUR(s) s s s s
#define MANY(s) FOUR(FOUR(FOUR(s)))

static double chain(double *z, int n) {
    double u = z[0], v = z[1], w = z[2], x = z[3];
    (void)n;
    MANY(u = 0.5 * u + v / (1 + w * w); v = 0.75 * v - u * x / (2 + v * v);
         w = 0.5 * w + 0.25 * u * v; x = x * 0.875 + 0.125 * u / (3 + v * v);)
    z[4] = u * v;
    return u + 2 * v + 3 * w + 4 * x;
}
ARRAY_TEST(chain)

/* 1/x and log(x) are infinite at 0, but nothing of them is in the result. */
static double masked(double *z, int n) {
    double u = z[0], v = z[1], x = z[2];
    double a = 1 / x, b = log(x), c = a * b * u;
    (void)n;
    MANY(u = 0.5 * u + v / (1 + u * u); v = 0.75 * v - u / (2 + v * v); c = c * a + b / (x * c);)
    return u * v + (x > 0 ? c : 0);
}

int main(void) {
    double z[] = {0.3, -0.7, check_zero}, bz[3] = {0}, dz[] = {1, 0, 5};
    CHECK(chain, 0.3, -0.7, 1.1, 0.4, 0.0);
    if (!markers_work) return report();
    __enzyme_autodiff((void *)masked, z, bz, enzyme_const, 3);
    CHECK_TRUE(is_finite(bz[0]) && is_finite(bz[1]));
    CHECK_CLOSE(bz[2], 0, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)masked, z, dz, enzyme_const, 3), bz[0], 1e-12);
    return report();
}
