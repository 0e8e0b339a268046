/* Addresses made with masks, and floats that are moved two at a time: what LLVM makes of copies. */
#include "check.h"

/* LLVM computes the vector part of a copy's length as n & -4: the stride is still a double's. */
static double masks(double *x, int n) {
    double u[8] = {0};
    for (int i = 0; i < 8; i++) u[i] = sin(x[i & 3]);
    char *bytes = (char *)u;
    int k = n * 37;
    *(double *)(bytes + (k & -32) % 64) += x[1] * x[2];
    *(double *)(bytes + ((k << 1 | 8) & 56)) *= x[0];
    memmove(u, x, (k & 7) % 4 * sizeof *u);
    memmove(u + 4, u, sizeof *u);
    double sum = 0;
    for (int i = 0; i < 8; i++) sum += (i + 1) * u[i];
    return sum;
}
ARRAY_TEST(masks)

/* Two floats at once through a 64-bit integer, one of them looked at in its upper half. */
static double pairs(double *z, int n) {
    float x[4];
    for (int i = 0; i < 4; i++) x[i] = (float)z[i % n];
    for (int i = 0; i < n; i++) {
        uint64_t pair;
        memcpy(&pair, x, sizeof pair);
        uint32_t high = (uint32_t)(pair >> 32);
        float upper;
        memcpy(&upper, &high, sizeof upper);
        memcpy(x + 2, &pair, sizeof pair);
        x[0] = upper * x[3] + 0.5f * x[1];
    }
    return x[0] * x[2] + x[3];
}
static double pairs_primal(double *z, int n) {
    double x[4];
    for (int i = 0; i < 4; i++) x[i] = z[i % n];
    for (int i = 0; i < n; i++) {
        double upper = x[1];
        x[2] = x[0], x[3] = x[1];
        x[0] = upper * x[3] + 0.5 * x[1];
    }
    return x[0] * x[2] + x[3];
}
static void pairs_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)pairs, enzyme_dup, z, bz, enzyme_const, n);
}
static double pairs_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)pairs, enzyme_dup, z, dz, enzyme_const, n);
}

/* An object moved along itself, by a length known at run time only. */
static double along(double *x, int n) {
    x[0] = sin(x[3]);
    memmove(x, x + 1, 8 * (size_t)(n & 3));
    return x[0] * x[2];
}
ARRAY_TEST(along)

int main(void) {
    CHECK(along, 0.55, 0.6, -1.29, 0.58);
    CHECK(along, 0.55, 0.6, -1.29, 0.58, 0.7, 0.9, 1.1);
    CHECK(masks, 0.5, 0.75, -1.25, 2.0);
    CHECK(masks, 0.5, 0.75, -1.25, 2.0, 3.0);
    CHECK_TOL(pairs, 1e-5, 0.5, 0.75, -1.25);
    return report();
}
