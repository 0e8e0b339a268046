/* Vectors read from and written to arrays, passed to and returned from functions. */
#include "check.h"

typedef double vec2 __attribute__((vector_size(16)));
typedef double vec2u __attribute__((vector_size(16), aligned(8)));

static NOINLINE vec2 product(vec2 a, vec2 b) {
    vec2 r = {a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]};
    return r;
}

static void f(double *x, int n) {
    vec2 acc = {1, 0.5};
    for (int i = 0; i + 1 < n; i += 2) {
        vec2 v = *(vec2u *)(x + i);
        acc = product(acc, v);
        *(vec2u *)(x + i) = acc + v;
    }
    x[0] += acc[1] * acc[0];
}
INPLACE_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.75, -2.25, 0.3);
    return report();
}
