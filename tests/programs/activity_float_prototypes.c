/* Fixed prototypes of floats, and a const float beside active ones. */
#include "check.h"

struct floats { float a, b; };
extern float __enzyme_autodiff_f(void *, int, float, int, float);
extern struct floats __enzyme_autodiff_floats(void *, float, float);
extern float __enzyme_fwddiff_f(void *, int, float, float, int, float);

static float f(float x, float y) { return x * x * y + 1; }

int main(void) {
    if (!markers_work) return report();
    CHECK_CLOSE(__enzyme_autodiff_f((void *)f, enzyme_out, 3, enzyme_const, 2), 12, 0);
    CHECK_CLOSE(__enzyme_autodiff_f((void *)f, enzyme_const, 3, enzyme_out, 2), 9, 0);
    CHECK_CLOSE(__enzyme_fwddiff_f((void *)f, enzyme_dup, 3, 1, enzyme_const, 2), 12, 0);
    struct floats g = __enzyme_autodiff_floats((void *)f, 3, 2);
    CHECK_CLOSE(g.a, 12, 0);
    CHECK_CLOSE(g.b, 9, 0);
    return report();
}
