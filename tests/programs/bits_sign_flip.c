/* Negation by flipping the sign bit, through a union and through memcpy. */
#include "check.h"

static double negate_union(double x) {
    union { double d; uint64_t u; } v = {x};
    v.u ^= UINT64_C(1) << 63;
    return v.d;
}
static double negate_memcpy(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    u ^= 0x8000000000000000u;
    memcpy(&x, &u, sizeof x);
    return x;
}
static double negate_if(double x, int condition) {
    union { double d; uint64_t u; } v = {x};
    v.u ^= (uint64_t)(condition != 0) << 63;
    return v.d;
}
static float negate_float(float x) {
    union { float f; uint32_t u; } v = {x};
    v.u ^= 0x80000000u;
    return v.f;
}
/* The sign of the first number beyond a limit, if there is one. */
static double negate_found(double x, const double *all, int n) {
    union { double d; uint64_t u; } v = {x};
    uint64_t sign = 0;
    for (int i = 0; i < n; i++) {
        if (fabs(all[i]) > 0.7) {
            memcpy(&sign, &all[i], sizeof sign);
            sign &= UINT64_C(1) << 63;
            break;
        }
    }
    v.u ^= sign;
    return v.d;
}

static double f(double *x, int n) {
    return negate_union(x[0]) * x[1] + negate_memcpy(x[1] * x[1]) + negate_if(x[0], n > 2) * x[1] +
           negate_if(x[1], n > 3) * 2 + negate_float(2.0f) * x[0] +
           negate_found(x[0] * x[1], x, n);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25);
    CHECK(f, 0.5, -1.25, -0.75);
    return report();
}
