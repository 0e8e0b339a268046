/* enzyme_primal_return gives the result beside the derivatives. */
#include "check.h"

static double f(double x, double y) { return x * x * y; }

struct value { double primal, dx, dy; };
extern struct value __enzyme_autodiff_value(void *, ...);
extern struct two __enzyme_fwddiff_two(void *, ...);

int main(void) {
    if (!markers_work) return report();
    struct value v = __enzyme_autodiff_value((void *)f, enzyme_primal_return, 3.0, 2.0);
    CHECK_CLOSE(v.primal, 18, 0);
    CHECK_CLOSE(v.dx, 12, 0);
    CHECK_CLOSE(v.dy, 9, 0);
    struct two t = __enzyme_fwddiff_two((void *)f, enzyme_primal_return, 3.0, 1.0, 2.0, 10.0);
    CHECK_CLOSE(t.a, 18, 0);
    CHECK_CLOSE(t.b, 12 + 90, 0);
    return report();
}
