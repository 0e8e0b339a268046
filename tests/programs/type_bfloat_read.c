/* Weights in bfloat16 that the program only reads: their adjoints are rounded, which older compiler libraries cannot. */
#include "check.h"

struct layer { __bf16 weight[3], bias; };

static double of_floats(const struct layer *l, const double *x, int n) {
    float s = (float)l->bias;
    for (int i = 0; i < n; i++) s += (float)l->weight[i] * (float)x[i];
    return s * s;
}
static double of_doubles(const __bf16 *w, int n) {
    double s = 1;
    for (int i = 0; i < n; i++) s *= (double)w[i];
    return s;
}

int main(void) {
    struct layer l = {{1, 2, 0.5f}, -1}, dl = {{0, 0, 0}, 0};
    double x[3] = {0.5, 1, 2}, dx[3] = {0};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)of_floats, enzyme_dup, &l, &dl, enzyme_dup, x, dx, enzyme_const, 3);
    for (int i = 0; i < 3; i++) {
        CHECK_CLOSE((float)dl.weight[i], 2 * 2.5 * x[i], 0);
        CHECK_CLOSE(dx[i], 2 * 2.5 * (float)l.weight[i], 0);
    }
    CHECK_CLOSE((float)dl.bias, 2 * 2.5, 0);
    __bf16 dw[3] = {0, 0, 0};
    __enzyme_autodiff_void((void *)of_doubles, enzyme_dup, l.weight, dw, enzyme_const, 3);
    CHECK_CLOSE((float)dw[1], 0.5, 0);
    return report();
}
