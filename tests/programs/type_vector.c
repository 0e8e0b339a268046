/* Vector extensions: arithmetic, lanes, shuffles, comparisons, scalars broadcast. */
#include "check.h"

typedef double vec4 __attribute__((vector_size(32)));
typedef long mask4 __attribute__((vector_size(32)));
typedef float floats __attribute__((vector_size(16)));

static vec4 absolute(vec4 v) {
    mask4 negative = v < 0;
    return (vec4)(((mask4)v & ~negative) | ((mask4)-v & negative));
}

static double f(double *x, int n) {
    vec4 a = {x[0], x[1], x[2], x[3]}, b = a * a + 2.0, c = {0, 0, 0, 0};
    for (int i = 0; i < n; i++) {
        c += a * x[i] - b / (a + 3);
        a = __builtin_shufflevector(a, b, 1, 4, 3, 0);
        b[i % 4] = c[(i + 1) % 4] * 0.5;
    }
    floats g = {1, 2, 3, 4};
    c = absolute(c);
    return c[0] * c[1] + c[2] - c[3] * a[1] + (double)g[n % 4] * b[2];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.75, -2.25, 0.3);
    return report();
}
