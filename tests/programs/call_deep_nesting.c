/* Twelve small functions that call each other in a chain, some twice. */
#include "check.h"

#define LEVEL(k, below) static double g##k(double x, double y) { return below(x * y, sin(y) + 0.125 * k) + 0.5 * x; }
static double g0(double x, double y) { return sin(x) * y; }
LEVEL(1, g0) LEVEL(2, g1) LEVEL(3, g2) LEVEL(4, g3) LEVEL(5, g4) LEVEL(6, g5)
static double g7(double x, double y) { return g6(x, y) * g5(y, x); }
static double g8(double x, double y) { return g7(x, y) - g7(y, cos(x)); }
LEVEL(9, g8) LEVEL(10, g9)
SCALAR2_TEST(g10)

int main(void) {
    CHECK(g10, 0.5, 0.25);
    return report();
}
