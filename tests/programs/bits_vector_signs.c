/* Signs flipped, dropped and set in some lanes of a vector, as SSE code does (a product of
   quaternions in Eigen), and taken from another vector; lanes cleared, and set to constants (the
   end of Eigen's LinSpaced); rounding by a large number. */
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

static double signs(double *x, int n) {
    doubles s = {0, 0};
    for (int i = 0; i + 1 < n; i++) {
        doubles v = {x[i], x[i + 1]}, w = {x[n - 1], x[0]};
        words sign = ((words)v ^ (words)w) & INT64_MIN;
        s += v * w * (doubles)((words)(v * v) ^ sign) + (doubles)((words)(w * v) | sign);
    }
    return s[0] * s[1];
}
ARRAY_TEST(signs)

static double blended(double *x, int n) {
    double s = 0;
    for (int i = 0; i + 1 < n; i++) {
        doubles v = {x[i], x[i + 1]};
        doubles one = (doubles)(((words)(v * v) & (words){0, -1}) | (words){0x3ff0000000000000, 0});
        doubles none = (doubles)((words)(v * v * v) & (words){-1, 0});
        s += one[0] * 3 + one[1] * v[0] + none[0] + none[1] * v[1];
    }
    return s;
}
ARRAY_TEST(blended)

/* In place, in functions of their own: LLVM loads and stores bits there. */
typedef words apart __attribute__((aligned(8), may_alias));

static __attribute__((noinline)) void negate(double *v, int odd) {
    if (odd) return;
    *(apart *)v ^= INT64_MIN;
    v[2] = -v[2];
}

static __attribute__((noinline)) void size(double *v) {
    *(apart *)v &= INT64_MAX;
    v[2] = fabs(v[2]);
}

static double in_place(double *x, int n) {
    double v[3] = {x[0] * x[1], sin(x[0]), -x[n - 1]}, s;
    negate(v, x[0] > 2);
    s = v[0] * v[1] + v[2];
    size(v);
    s += v[0] * 3 + v[1] * v[2];
    negate(v, 0);
    negate(v, x[1] > 3);
    return s + v[0] * v[2];
}
ARRAY_TEST(in_place)

/* Stored as bits: nothing takes the vector for floats again here (the conjugate of a quaternion in Eigen). */
typedef words stored __attribute__((may_alias));

static double conjugated(double *x, int n) {
    __attribute__((aligned(16))) double v[64];
    for (int i = 0; i + 1 < n; i++) {
        doubles one = {x[i] * x[i + 1], x[i] + x[i + 1]};
        *(stored *)(v + 2 * i) = (words)one ^ (words){INT64_MIN, 0};
    }
    double s = 0;
    for (int i = 2 * n - 3; i >= 0; i--) s = s * x[0] + v[i] * v[i];
    for (int i = 2 * n - 3; i >= 0; i--) s = s * x[0] + v[i];
    return s;
}
ARRAY_TEST(conjugated)

static double rounded(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double r = (x[i] + 6755399441055744.0) - 6755399441055744.0;
        double q = (fabs(x[i]) + 4503599627370496.0) - 4503599627370496.0;
        doubles v = {x[i], 2 * x[i]};
        v = v - ((v + 6755399441055744.0) - 6755399441055744.0);
        s += (x[i] - r) * x[i] + q * x[i] + v[0] * v[1];
    }
    return s;
}
ARRAY_TEST(rounded)

static double g(double *x, int n) {
    floats v = {(float)x[0], (float)x[1], (float)x[2], (float)x[n - 1]};
    floats w = (floats)((halves)(v * v) ^ (halves){INT32_MIN, INT32_MIN, 0, INT32_MIN});
    return w[0] + 2 * w[1] + 3 * w[2] + 4 * w[3];
}

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, -2);
    CHECK(signs, 0.5, 1.25, -0.75, -2, 3);
    CHECK(blended, 0.5, 1.25, -0.75, -2, 3);
    CHECK(in_place, 0.5, 0.7, -0.3);
    CHECK(conjugated, 0.5, 0.7, -0.3);
    CHECK(rounded, 0.3, 1.375, -0.7, -2.1);
    double x[4] = {0.5, -1, 2, 3}, d[4] = {0, 0, 0, 0}, w[4] = {-1, 4, 12, -24};
    if (markers_work) {
        __enzyme_autodiff((void *)g, enzyme_dup, x, d, enzyme_const, 4);
        for (int i = 0; i < 4; i++) failures += fabs(d[i] - w[i]) > 1e-5;
    }
    return report();
}
