/* Attributes as Enzyme's own front end spells them, which clang does not know. */
#include "check.h"

__attribute__((noinline, enzyme_inactive)) static double measured(double x) { return x * x; }
__attribute__((enzyme_function_like("sin"))) static double sine(double x) { return 2 * sin(x); }
[[enzyme::inactive]] static double measured_too(double x) { return x; }
[[enzyme_function_like("cos"), maybe_unused]] NOINLINE static double cosine(double x) { return 3 * cos(x); }
static double kept __attribute__((enzyme_inactive));
__attribute__((enzyme_nofree, enzyme_shouldrecompute)) NOINLINE static double twice(double x) { return 2 * x; }

static double f(double x) {
    kept = x;
    return measured(x) * x + sine(x) + kept + measured_too(x) + cosine(x) + twice(x);
}

int main(void) {
    const char *text = "__attribute__((enzyme_inactive))";
    CHECK_TRUE(strlen(text) == 32);
    if (!markers_work) return 0;
    CHECK_CLOSE(f(0.5), 0.25 * 0.5 + 2 * sin(0.5) + 1 + 3 * cos(0.5) + 1, 1e-14);
    CHECK_CLOSE(__enzyme_autodiff((void *)f, 0.5), 0.25 + cos(0.5) - sin(0.5) + 2, 1e-14);
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, 0.5, 1.0), 0.25 + cos(0.5) - sin(0.5) + 2, 1e-14);
    return failures != 0;
}
