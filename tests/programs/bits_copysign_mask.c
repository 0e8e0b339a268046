/* copysign by masks, in double and in float; and the library's. */
#include "check.h"

static double with_sign(double magnitude, double sign) {
    union { double d; uint64_t u; } m = {magnitude}, s = {sign};
    m.u = (m.u & 0x7fffffffffffffffu) | (s.u & 0x8000000000000000u);
    return m.d;
}

static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += with_sign(x[i], x[(i + 1) % n]) * (i + 1);
        s += copysign(x[i], x[(i + 2) % n]) * x[0];
        s += with_sign(x[i] * x[i], i - 1.5);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(f, -0.5, 1.5);
    return report();
}
