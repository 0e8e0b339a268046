/* Rodrigues rotation and radial distortion, as in bundle adjustment, with the small-angle branch. */
#include "check.h"

static void rotate(const double *r, const double *x, double *y) {
    double theta2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
    double cross[3] = {r[1] * x[2] - r[2] * x[1], r[2] * x[0] - r[0] * x[2], r[0] * x[1] - r[1] * x[0]};
    if (theta2 != 0) {
        double theta = sqrt(theta2), c = cos(theta), s = sin(theta) / theta;
        double dot = (r[0] * x[0] + r[1] * x[1] + r[2] * x[2]) * (1 - c) / theta2;
        for (int i = 0; i < 3; i++) y[i] = c * x[i] + s * cross[i] + r[i] * dot;
    } else {
        for (int i = 0; i < 3; i++) y[i] = x[i] + cross[i];
    }
}

/* camera: rotation, centre, focal, k1, k2; point */
static void project(const double *z, double *out) {
    double shifted[3], y[3];
    for (int i = 0; i < 3; i++) shifted[i] = z[9 + i] - z[3 + i];
    rotate(z, shifted, y);
    double u = y[0] / y[2], v = y[1] / y[2], r2 = u * u + v * v;
    double scale = z[6] * (1 + r2 * (z[7] + r2 * z[8]));
    out[0] = scale * u;
    out[1] = scale * v;
}
MAP_TEST(project, 12)

int main(void) {
    CHECK(project, 0.1, -0.2, 0.3, 0.5, 0.4, -3, 1.2, 0.05, 0.01, 0.7, 0.9, 1.1, /**/ 0, 0);
    if (markers_work) { /* at the exact zero rotation the other branch gives the derivative */
        double z[12] = {0, 0, 0, 0.5, 0.4, -3, 1.2, 0, 0, 0.7, 0.9, 1.1}, bz[12] = {0}, y[2], by[2] = {1, 0};
        __enzyme_autodiff_void((void *)project, enzyme_dup, z, bz, enzyme_dup, y, by);
        CHECK_CLOSE(bz[9], 1.2 / 4.1, 1e-15);
        CHECK_CLOSE(bz[2], -1.2 * 0.5 / 4.1, 1e-14);
    }
    return report();
}
