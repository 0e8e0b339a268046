/* Another exponent, bit by bit, as the vector code of Eigen's logarithm has it (frexp); and the signs
   of two floats dropped in one word. */
#include "check.h"

typedef float floats __attribute__((vector_size(16)));
typedef int32_t halves __attribute__((vector_size(16)));
typedef double doubles __attribute__((vector_size(16)));
typedef int64_t words __attribute__((vector_size(16)));

static double f(double *x, int n) {
    doubles s = {0, 0};
    for (int i = 0; i + 1 < n; i++) {
        doubles v = {37 * x[i], -0.02 * x[i + 1] * x[i]};
        doubles m = (doubles)(((words)v & (words){(int64_t)0x800fffffffffffff, (int64_t)0x800fffffffffffff}) |
                              0x3fe0000000000000);
        s += m * m[0] * v;
    }
    return s[0] + 2 * s[1];
}
ARRAY_TEST(f)

static double far(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        doubles v = {x[i] * 0x1p1000, x[i] * 0x1p-1000};
        doubles m = (doubles)(((words)v & (int64_t)0x800fffffffffffff) | 0x3fe0000000000000);
        s += m[0] * m[1];
    }
    return s;
}
ARRAY_TEST(far)

static double pairs(double *x, int n) {
    double s = 0;
    for (int i = 0; i + 1 < n; i++) {
        floats v = {x[i], -x[i + 1], 2, x[i]};
        floats a = (floats)((words)v & 0x7fffffff7fffffff), b = (floats)((words)v ^ (int64_t)0x8000000080000000);
        floats r = a * b;
        s += (double)r[0] * x[i] + (double)(r[1] - r[3]) * x[i + 1];
    }
    return s;
}

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, -2.2);
    CHECK(far, 0.6, 1.2, -0.7, 3);
    double x[2] = {0.5, 2}, d[2] = {0, 0}, w[2] = {1.25, 12.25};
    if (markers_work) {
        __enzyme_autodiff((void *)pairs, enzyme_dup, x, d, enzyme_const, 2);
        for (int i = 0; i < 2; i++) failures += fabs(d[i] - w[i]) > 1e-5;
    }
    return report();
}
