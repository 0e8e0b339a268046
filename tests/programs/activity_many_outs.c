/* Eight gradients returned through memory, among constants and pointers. */
#include "check.h"

struct eight { double g[8]; };
extern struct eight __enzyme_autodiff_eight(void *, ...);

static double f(double a, double b, int k, double c, double d, const double *w, double e, double p,
                double q, double r) {
    return a * b + k * c * d + w[0] * e * e + sin(p) * q / r;
}

int main(void) {
    double w[1] = {2}, bw[1] = {0};
    if (!markers_work) return report();
    struct eight g = __enzyme_autodiff_eight((void *)f, 1.0, 2.0, 3, 4.0, 5.0, w, bw, 6.0, 0.5, 8.0, 9.0);
    const double want[] = {2, 1, 15, 12, 24, cos(0.5) * 8 / 9, sin(0.5) / 9, -sin(0.5) * 8 / 81};
    for (int i = 0; i < 8; i++) CHECK_CLOSE(g.g[i], want[i], 1e-15);
    CHECK_CLOSE(bw[0], 36, 0);
    return report();
}
