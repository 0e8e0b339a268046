/* Casts among float, double and integers within one computation. */
#include "check.h"

static double f(double *x, int n) {
    float coarse = 0.5f;
    double s = 0;
    for (int i = 0; i < n; i++) {
        int k = (int)x[i];
        unsigned u = (unsigned)(x[i] * x[i] + 1);
        long l = lround(x[i] * 10);
        s += (double)k * x[i] + u * sin(x[i]) + (double)(l % 3) * x[0];
        coarse = coarse * 0.5f + (float)i;
        s += (double)coarse * x[i] * (unsigned char)(300 + i) + (_Bool)x[i] * x[i];
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.72, -2.26);
    return report();
}
