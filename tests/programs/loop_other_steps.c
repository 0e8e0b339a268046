/* Steps that are known at run time only, counters that are doubled or halved; loops within them. */
#include "check.h"

static double f(double *x, int n) {
    int s = n / 3 + 1;
    unsigned u = n % 3 + 1u;
    double r = 0, c = x[0];
    for (int half = 1; half < n; half *= 2)
        for (int b = half; b < n; b += half + s) {
            c = sin(c) * x[b];
            r += c * c;
        }
    for (int half = n - 1; half; half >>= 1)
        for (int b = 0; b <= half; b += s) c = sin(c) * x[b] + x[half];
    for (unsigned b = 1; b < (unsigned)n; b += u) r += c *= cos(x[b]);
    for (unsigned long b = 1; b < (unsigned)n; b *= 4) r += c *= cos(x[b]);
    for (int h = -n; h < -1; h >>= 1) {
        if (h < -3 * n) break;
        r += c *= x[-h % n];
    }
    return r;
}
ARRAY_TEST(f)

/* Butterflies: the trip counts of the inner loops depend on a counter that is doubled. */
static double butterflies(double *x, int n) {
    double sum = 0;
    for (int half = 1; half < n; half *= 2)
        for (int begin = 0; begin + 2 * half <= n; begin += 2 * half)
            for (int k = 0; k < half; k++) {
                double even = x[begin + k], odd = x[begin + k + half];
                x[begin + k] = even * odd + 0.5 * even;
                x[begin + k + half] = even - sin(odd) * (k + 1);
            }
    for (int i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}
ARRAY_TEST(butterflies)

/* Run-time steps below zero, tested without a sign; the counts were those of the other way. */
static volatile int back = -2;
static double down(double *x, int n) {
    double s = 0.5;
    int step = back;
    for (int i = n - 1; i >= 0 && i < n; i += step) s = s * x[i] + sin(x[i] * s);
    return s;
}
ARRAY_TEST(down)

/* ... and steps that jump over what is beyond the bound: the counter wraps around before it ends. */
static double far(double *x, int n) {
    double s = 0.5;
    unsigned step = -0x12800000u * back;
    for (unsigned i = 50; i < 0xf0000000u; i += step) s = 0.5 * s + sin(x[i % n] * s);
    return s;
}
ARRAY_TEST(far)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 0.75);
    CHECK(f, 0.5, 0.75, 0.25, 1.25, -1.0, 0.3, 0.8);
    CHECK(f, 0.5, 0.75, 0.25, 1.25, -1.0, 0.3, 0.8, 0.9, 1.1, -0.4, 0.2, 0.7);
    CHECK(butterflies, 0.5);
    CHECK(butterflies, 0.5, 0.25);
    CHECK(butterflies, 0.5, 0.75, 0.25, 1.25, -1.0, 0.3, 0.8, 0.4);
    CHECK(down, 0.5);
    CHECK(down, 0.5, 0.75, 0.25, 1.25, -1.0, 0.3, 0.8);
    CHECK(far, 0.5, 0.75, 0.25, 1.25, -1.0, 0.3, 0.8);
    return report();
}
