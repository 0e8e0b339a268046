/* A struct with doubles, an integer and a pointer as active argument; its shadow has the same shape. */
#include "check.h"

struct model { double bias; int n; double *weights; float unused; };

static double predict(struct model *m, const double *x) {
    double s = m->bias;
    for (int i = 0; i < m->n; i++) s += m->weights[i] * x[i];
    m->bias = s * s;
    return sin(s);
}

/* z: bias, weights (3), x (3) */
static double f_primal(double *z, int n) {
    struct model m = {z[0], (n - 1) / 2, z + 1, 0};
    double r = predict(&m, z + 4);
    z[0] = m.bias;
    return r;
}
static void f_reverse(double *z, double *bz, int n) {
    struct model m = {z[0], (n - 1) / 2, z + 1, 0}, bm = {bz[0], (n - 1) / 2, bz + 1, 0};
    __enzyme_autodiff_void((void *)predict, enzyme_dup, &m, &bm, enzyme_dup, z + 4, bz + 4);
    z[0] = m.bias;
    bz[0] = bm.bias;
    CHECK_TRUE(bm.n == 3 && bm.weights == bz + 1);
}
static double f_forward(double *z, double *dz, int n) {
    struct model m = {z[0], (n - 1) / 2, z + 1, 0}, dm = {dz[0], (n - 1) / 2, dz + 1, 0};
    double dr = __enzyme_fwddiff((void *)predict, enzyme_dup, &m, &dm, enzyme_dup, z + 4, dz + 4);
    z[0] = m.bias;
    dz[0] = dm.bias;
    return dr;
}

int main(void) {
    CHECK(f, 0.5, /**/ 1.25, -0.75, 0.3, /**/ 0.9, 0.2, -0.4);
    return report();
}
