/* Gradients of a float and of a double argument, returned together. */
#include "check.h"

struct mixed { float a; double b; };
extern struct mixed __enzyme_autodiff_mixed(void *, float, double);
extern double __enzyme_fwddiff_mixed(void *, float, float, double, double);

static double f(float x, double y) { return x * y * y; }

int main(void) {
    if (!markers_work) return report();
    struct mixed g = __enzyme_autodiff_mixed((void *)f, 2, 3);
    CHECK_CLOSE(g.a, 9, 0);
    CHECK_CLOSE(g.b, 12, 0);
    CHECK_CLOSE(__enzyme_fwddiff_mixed((void *)f, 2, 1, 3, 10), 129, 0);
    return report();
}
