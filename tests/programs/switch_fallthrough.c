/* A switch with fallthrough, a default in the middle, and a case that returns. */
#include "check.h"

static double step(double x, int op) {
    switch (op) {
    case 0:
        x = sin(x);
        /* fall through */
    case 1:
        x = x * x + 1;
        break;
    default:
        x = -x;
        /* fall through */
    case 7:
        x = x / 3;
        break;
    case 4:
        return exp(x);
    case 100:
        x = 0;
    }
    return x * 1.5;
}

static double f(double *x, int n) {
    static const int program[] = {0, 1, 2, 7, 4, 5, 0, 7};
    double y = x[0];
    for (int i = 0; i < LENGTH(program); i++) y = step(y, program[i]) + 0.1 * x[i % n];
    return y;
}

static double zeroed(double *x, int n) { return step(x[0], 100) + step(x[1], n) * x[1]; }
ARRAY_TEST(f)
ARRAY_TEST(zeroed)

int main(void) {
    CHECK(f, 0.5, -0.75, 0.3);
    CHECK(zeroed, 0.5, -0.75);
    return report();
}
