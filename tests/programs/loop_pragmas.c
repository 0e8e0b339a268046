/* Pragmas of clang for loops. Without -g, two for one loop made IR that clang did not read. */
#include "check.h"

static double said_twice(double *x, int n) {
    double s = 0;
#pragma clang loop vectorize(enable) unroll_count(4)
    for (int i = 1; i < n; i++) s += x[i] * x[i - 1];
#pragma clang loop vectorize_width(4) interleave_count(2)
    for (int i = 0; i < n; i++) x[i] *= s;
#pragma unroll
    for (int i = 0; i < 3; i++) s += x[i] * x[n - 1 - i];
#pragma nounroll
    for (int i = 0; i < n; i++) s += x[i] * x[i];
#pragma clang loop distribute(enable) vectorize(enable) unroll(full)
    for (int i = 2; i < n; i++) s += sin(x[i]) * x[i - 2];
    return s;
}
ARRAY_TEST(said_twice)

int main(void) {
    CHECK(said_twice, 0.3, 0.7, -0.2, 0.5, 1.1);
    return report();
}
