/* An integer between floats that is calculated with in a wider type: the float behind it stays one. */
#include "check.h"

struct mixed { float p; uint32_t k; float q[2]; double *r; };

NOINLINE static struct mixed turned(struct mixed s) {
    s.q[0] = sinf(s.q[0] >= s.q[1] ? s.p * s.q[1] : cosf(s.p));
    s.q[s.k & 1] *= 1.5f + s.q[1];
    return s;
}

static double f(double *x, int n) {
    struct mixed s, both[2];
    s.p = (float)x[1];
    s.k = 2;
    s.r = x;
    s.q[0] = s.q[1] = (float)x[0];
    both[0] = both[1] = s;
    uint64_t at = (uint64_t)s.k * 0x9E3779B97F4A7C15u >> 63;
    x[(at + (uint64_t)both[1].k * 7) % n] = x[2] * both[at].q[1];
    s = turned(s);
    double sum = s.q[0] + 2 * s.q[1] * s.p;
    for (int i = 0; i < n; i++) sum += s.r[i] * x[i];
    return sum;
}

/* the same in double, for exact differences */
static double f_primal(double *x, int n) {
    double p = x[1], q0 = x[0], q1 = x[0];
    uint64_t at = (uint64_t)2 * 0x9E3779B97F4A7C15u >> 63;
    x[(at + 14) % n] = x[2] * q1;
    q0 = sin(q0 >= q1 ? p * q1 : cos(p));
    q0 *= 1.5 + q1;
    double sum = q0 + 2 * q1 * p;
    for (int i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}
static void f_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, enzyme_const, n);
}
static double f_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)f, enzyme_dup, z, dz, enzyme_const, n);
}

int main(void) {
    CHECK_TOL(f, 1e-5, 0.3291015625, 0.9150390625, -0.5146484375, 0.5556640625);
    CHECK_TOL(f, 1e-5, 0.3291015625, 0.9150390625, -0.5146484375);
    return report();
}
