/* Constant tables, a mutable global read as a constant, a static counter, a const struct. */
#include "check.h"

static const double table[5] = {0.5, -1.5, 2.5, 0.25, 1};
static const struct { double gain; int shift; const char *name; } setup = {1.5, 2, "setup"};
double scale = 3;
static int calls;

static double f(double *x, int n) {
    static const float weights[][2] = {{1, 2}, {3, 4}, {0.5f, 0.25f}};
    double s = 0;
    calls++;
    for (int i = 0; i < n; i++)
        s += table[(i + setup.shift) % 5] * sin(x[i] * scale) * weights[i % 3][i & 1] * setup.gain;
    return s * (setup.name[0] == 's');
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75, 0.3);
    scale = 2;
    CHECK(f, 0.5, 0.25, -0.75, 0.3);
    CHECK_TRUE(calls > 100);
    return report();
}
