/* A small struct as result: both fields are seeded with one. */
#include "check.h"

static struct two f(double x, double y) { return (struct two){x * y, x * x}; }

extern struct two __enzyme_fwddiff_pair(void *, ...);

int main(void) {
    if (!markers_work) return report();
    struct two g = __enzyme_autodiff_two((void *)f, 3.0, 5.0);
    CHECK_CLOSE(g.a, 5 + 6, 0);
    CHECK_CLOSE(g.b, 3, 0);
    struct two d = __enzyme_fwddiff_pair((void *)f, 3.0, 1.0, 5.0, 10.0);
    CHECK_CLOSE(d.a, 35, 0);
    CHECK_CLOSE(d.b, 6, 0);
    return report();
}
