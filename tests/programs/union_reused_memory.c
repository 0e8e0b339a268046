/* One buffer used as doubles, then as integers, then as doubles again. */
#include "check.h"

union buffer { double d[4]; int i[8]; char bytes[32]; };

static double f(double *x, int n) {
    union buffer u;
    double s = 0;
    for (int i = 0; i < 4; i++) u.d[i] = x[i % n] * x[0];
    for (int i = 0; i < 4; i++) s += u.d[i] * (i + 1);
    for (int i = 0; i < 8; i++) u.i[i] = 3 * i % 4;
    for (int i = 0; i < 8; i++) s += x[u.i[i] % n] * 0.5;
    for (int i = 0; i < 4; i++) u.d[i] = s * x[i % n];
    return u.d[0] + sin(u.d[3]);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
