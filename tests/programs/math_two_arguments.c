/* Functions of two and three arguments. */
#include "check.h"

static double powers(double x, double y) { return pow(x, y) + pow(x, 2.5) + pow(3, y) + pow(x, -2); }
static double angles(double y, double x) { return atan2(y, x) * hypot(x, y); }
static double extremes(double x, double y) { return fmin(x, y) * fmax(x, 2 * y) + fdim(x, y) * x; }
static double remainders(double x, double y) { return fmod(x, y) + remainder(x, y) * x; }
static double fused(double x, double y, double z) { return fma(x, y, z) * fma(x, x, -y); }
static double bessels(double x, double y) { return jn(2, x) * y + yn(3, y) * x; }
SCALAR2_TEST(powers)
SCALAR2_TEST(angles)
SCALAR2_TEST(extremes)
SCALAR2_TEST(remainders)
SCALAR3_TEST(fused)
SCALAR2_TEST(bessels)

int main(void) {
    CHECK(powers, 1.75, 2.5);
    CHECK(powers, 0.4, -1.5);
    CHECK(angles, 1.75, 2.5);
    CHECK(angles, -1.75, -2.5);
    CHECK(extremes, 1.75, 2.5);
    CHECK(extremes, 7.75, 2.5);
    CHECK(remainders, 7.75, 2.2);
    CHECK(remainders, -9.1, 2.2);
    CHECK(remainders, 9.5, -2.2);
    CHECK(fused, 1.5, -0.5, 2.25);
    CHECK(bessels, 1.5, 2.25);
    return report();
}
