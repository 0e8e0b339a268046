/* A struct with active and constant fields; its integers and pointers are left alone. */
#include "check.h"

struct problem { const double *data; int n; double damping; float unused; long total; };

static double loss(struct problem *p, const double *theta) {
    double s = 0;
    p->total = 0;
    for (int i = 0; i < p->n; i++) {
        double r = p->data[i] - theta[0] * exp(-theta[1] * i);
        s += r * r;
        p->total += i;
    }
    return s + p->damping * theta[0] * theta[0];
}

int main(void) {
    double data[3] = {3, 2, 1}, bdata[3] = {0}, theta[2] = {2.5, 0.5}, btheta[2] = {0}, g[2] = {0};
    if (!markers_work) return report();
    struct problem p = {data, 3, 0.1, 0, 0}, bp = {bdata, 3, 0, 0, 0};
    __enzyme_autodiff_void((void *)loss, enzyme_dup, &p, &bp, enzyme_dup, theta, btheta);
    double want = 0;
    for (int i = 0; i < 3; i++) {
        double r = data[i] - theta[0] * exp(-theta[1] * i);
        CHECK_CLOSE(bdata[i], 2 * r, 1e-14);
        want += 2 * r * theta[0] * i * exp(-theta[1] * i);
    }
    CHECK_CLOSE(btheta[1], want, 1e-14);
    CHECK_CLOSE(bp.damping, 6.25, 1e-15);
    CHECK_TRUE(p.total == 3 && bp.n == 3 && bp.data == bdata);
    __enzyme_autodiff_void((void *)loss, enzyme_const, &p, enzyme_dup, theta, g);
    for (int i = 0; i < 2; i++) CHECK_CLOSE(g[i], btheta[i], 1e-15);
    return report();
}
