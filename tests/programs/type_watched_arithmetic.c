// flags: -ffp-model=strict
/* Arithmetic whose rounding and exceptions are watched was refused. */
#include "check.h"

typedef double two __attribute__((vector_size(16)));

static double pieces(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        if (x[i] < 1)
            s += sin(x[i] / (i + 1)) + fmod(x[i], 2);
        else
            s -= sqrt(x[i]) * (float)i - pow(x[i], 1.5) + (unsigned)x[i];
        s += floor(x[i]) + fmax(x[i], s) + __builtin_fma(x[i], x[i], s) * 0.25;
    }
    two a = {x[0], 2}, b = a * a + a;
    return s == 0 ? -s : s + lrint(x[0]) + b[0];
}
ARRAY_TEST(pieces)

NOINLINE static double halves(double x, int n) { return n ? x * halves(x * 0.5, n - 1) : x; }
static double called(double *x, int n) { return halves(x[0], n) * x[1]; }
ARRAY_TEST(called)

static float scaled(double x, float y) { return (float)(x * x * y); }
extern float __enzyme_fwddiff_float(void *, ...);
static double slope_of(double x, float y) {
    return __enzyme_fwddiff_float((void *)scaled, x, 1.0, enzyme_const, y);
}

int main(void) {
    CHECK(pieces, 0.3, 1.5, 2.7);
    CHECK(called, 0.3, 1.5);
    CHECK_TRUE(!markers_work || slope_of(3, 2) == 12);
    return report();
}
