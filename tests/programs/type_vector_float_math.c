/* Vectors of float and element-wise builtins on vectors of double. */
#include "check.h"

typedef double vec4 __attribute__((vector_size(32)));

static double f(double *x, int n) {
    vec4 v = {x[0], x[1], x[2], x[n - 1]};
    vec4 w = __builtin_elementwise_max(v, v * v) + __builtin_elementwise_sqrt(v * v + 1.0);
    w += __builtin_elementwise_sin(v) * __builtin_elementwise_exp(-v) + __builtin_elementwise_abs(v);
    w = __builtin_elementwise_fma(w, v, w) + __builtin_elementwise_copysign(w, -v);
    return w[0] + w[1] * w[2] - w[3];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.75, -2.25, 0.3);
    return report();
}
