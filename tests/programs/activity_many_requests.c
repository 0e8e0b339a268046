/* One function with different activities in one file, also in one function. */
#include "check.h"

static double f(double x, double y, double *z) {
    double r = x * y * z[0];
    z[0] = r * x;
    return r + y * y;
}

int main(void) {
    double z, bz, dz;
    if (!markers_work) return report();

    z = 5, bz = 0;
    struct two g = __enzyme_autodiff_two((void *)f, enzyme_out, 2.0, enzyme_out, 3.0, enzyme_dup, &z, &bz);
    CHECK_CLOSE(g.a, 15, 0);
    CHECK_CLOSE(g.b, 10 + 6, 0);
    CHECK_CLOSE(bz, 6, 0);
    CHECK_CLOSE(z, 60, 0);

    z = 5, bz = 1;
    CHECK_CLOSE(__enzyme_autodiff((void *)f, enzyme_out, 2.0, enzyme_const, 3.0, enzyme_dup, &z, &bz),
                15 + 2 * 2 * 3 * 5, 0);
    CHECK_CLOSE(bz, 6 + 12, 0);

    z = 5;
    CHECK_CLOSE(__enzyme_autodiff((void *)f, enzyme_const, 2.0, enzyme_out, 3.0, enzyme_const, &z), 16, 0);

    z = 5, bz = 0;
    __enzyme_autodiff_void((void *)f, enzyme_const, 2.0, enzyme_const, 3.0, enzyme_dup, &z, &bz);
    CHECK_CLOSE(bz, 6, 0);

    z = 5, dz = 1;
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, enzyme_const, 2.0, 3.0, 1.0, enzyme_dup, &z, &dz), 16 + 6, 0);
    CHECK_CLOSE(dz, 2 * (10 + 6), 0);
    z = 5;
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, 2.0, 1.0, enzyme_const, 3.0, enzyme_const, &z), 15, 0);
    return report();
}
