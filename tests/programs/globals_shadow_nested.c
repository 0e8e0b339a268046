/* A gradient by the fields of a global struct, in a context of its own, and the derivative of that
   gradient: the shadow starts again inside of what is differentiated. */
/* lanes: their own */
#include <enzyme.h>
#include "check.h"

static double scale = 2;
static struct model {
    double w[3];
    int n;
    double *scale;
} model = {{1, 2, 3}, 3, &scale};

static double f(double x) {
    double s = 0;
    for (int i = 0; i < model.n; i++) s = s * x + model.w[i] * *model.scale;
    return s * s;
}

static void gradient(double x, double *out) {
    void *context = __enzyme_context(1);
    __enzyme_zero_shadows(context);
    __enzyme_autodiff((void *)f, enzyme_context, context, x);
    for (int i = 0; i < 3; i++) out[i] = *(double *)__enzyme_shadow(context, &model.w[i], 0);
    out[3] = *(double *)__enzyme_shadow(context, &scale, 0);
}

int main(void) {
    double x = 1.5, out[4], dout[4];
    double s = 2 * (x * x + 2 * x + 3), ds = 2 * (2 * x + 2);
    double want[4] = {4 * s * x * x, 4 * s * x, 4 * s, s * s};
    double dwant[4] = {4 * ds * x * x + 8 * s * x, 4 * ds * x + 4 * s, 4 * ds, 2 * s * ds};
    for (int turn = 0; turn < 3; turn++) {
        if (turn < 2) gradient(x, out);
        else __enzyme_fwddiff_void((void *)gradient, x, 1.0, enzyme_dup, out, dout);
        for (int i = 0; i < 4; i++) CHECK_CLOSE(out[i], want[i], 1e-12);
    }
    for (int i = 0; i < 4; i++) CHECK_CLOSE(dout[i], dwant[i], 1e-12);
    for (int i = 0; i < 4; i++) {
        double seed[4] = {0};
        seed[i] = 1;
        CHECK_CLOSE(__enzyme_autodiff((void *)gradient, x, enzyme_dup, out, seed), dwant[i], 1e-12);
    }
    return failures != 0;
}
