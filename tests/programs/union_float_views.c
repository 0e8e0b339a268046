/* One union seen as struct and as array; both views are the same active memory. */
#include "check.h"

union point { struct { double x, y, z; }; double v[3]; };
union wide { double d[2]; float f[4]; long long i[2]; };

static double norm2(union point p) {
    double s = 0;
    for (int i = 0; i < 3; i++) s += p.v[i] * p.v[i];
    return s;
}

static double f(double *x, int n) {
    union point p, q = {.v = {x[0], x[1], 2}};
    union wide w;
    p.x = x[n - 1], p.y = q.v[0] * q.z, p.z = 1;
    w.d[0] = norm2(p), w.d[1] = p.v[1];
    union wide copy = w;
    double s = copy.d[0] * copy.d[1];
    copy.i[0] = 7;
    copy.f[2] = 0.5f;
    return s * norm2(q) + (double)copy.i[0] * w.d[1] + (double)copy.f[2];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
