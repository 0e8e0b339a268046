/* Structs by value as arguments of the marker call itself: in registers, and in memory. */
#include "check.h"

struct pair { double a, b; };
struct big { double v[4]; int k; };

static double norm(struct pair p, double s) { return p.a * p.a * s + sin(p.b); }
static double pick(struct big b) { return b.v[b.k] * b.v[0] * b.v[3]; }

static double n_primal(double *z, int n) { return (void)n, norm((struct pair){z[0], z[1]}, z[2]); }
static void n_reverse(double *z, double *bz, int n) {
    struct three g = __enzyme_autodiff_three((void *)norm, (struct pair){z[0], z[1]}, z[2]);
    (void)n;
    bz[0] += g.a, bz[1] += g.b, bz[2] += g.c;
}
static double n_forward(double *z, double *dz, int n) {
    struct pair p = {z[0], z[1]}, dp = {dz[0], dz[1]};
    (void)n;
    return __enzyme_fwddiff((void *)norm, enzyme_dup, p, z[2], enzyme_interleave, dp, dz[2]);
}

static struct big big_of(const double *z) { return (struct big){{z[0], z[1], z[2], z[3]}, 2}; }
static double p_primal(double *z, int n) { return (void)n, pick(big_of(z)); }
static void p_reverse(double *z, double *bz, int n) {
    struct big b = big_of(z), bb = big_of(bz);
    (void)n;
    __enzyme_autodiff_void((void *)pick, enzyme_dup, b, &bb);
    memcpy(bz, bb.v, sizeof bb.v);
}
static double p_forward(double *z, double *dz, int n) {
    struct big b = big_of(z), db = big_of(dz);
    (void)n;
    return __enzyme_fwddiff((void *)pick, enzyme_dup, b, &db);
}

int main(void) {
    CHECK(n, 0.5, 1.25, -0.75);
    CHECK(p, 0.5, 1.25, -0.75, 2);
    return report();
}
