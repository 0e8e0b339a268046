/* Signs flipped, dropped and set in some lanes of a vector, as SSE code does (a product of
   quaternions in Eigen). */
#include "check.h"

typedef double doubles __attribute__((vector_size(16)));
typedef int64_t words __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(16)));
typedef int32_t halves __attribute__((vector_size(16)));

static double f(double *x, int n) {
    doubles s = {0, 0};
    for (int i = 0; i + 1 < n; i++) {
        doubles v = {x[i], x[i + 1]};
        s += v * (doubles)((words)(v * v) ^ (words){INT64_MIN, 0});
        s += v * (doubles)((words)v & (words){-1, INT64_MAX});
        s += v * (doubles)((words)v | (words){0, INT64_MIN}) * v;
        s += (doubles)((words)v & INT64_MAX) * 3;
    }
    return s[0] + 2 * s[1];
}
ARRAY_TEST(f)

static double g(double *x, int n) {
    floats v = {(float)x[0], (float)x[1], (float)x[2], (float)x[n - 1]};
    floats w = (floats)((halves)(v * v) ^ (halves){INT32_MIN, INT32_MIN, 0, INT32_MIN});
    return w[0] + 2 * w[1] + 3 * w[2] + 4 * w[3];
}

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, -2);
    double x[4] = {0.5, -1, 2, 3}, d[4] = {0, 0, 0, 0}, w[4] = {-1, 4, 12, -24};
    if (markers_work) {
        __enzyme_autodiff((void *)g, enzyme_dup, x, d, enzyme_const, 4);
        for (int i = 0; i < 4; i++) failures += fabs(d[i] - w[i]) > 1e-5;
    }
    return report();
}
