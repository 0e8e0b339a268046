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

/* The members one by one, each with its own word or none: no word stands for the whole struct. */
static void check_members(void) {
    struct pair p = {0.5, 1.25};
    struct two g = __enzyme_autodiff_two((void *)norm, enzyme_const, p.a, p.b, 3.0);
    CHECK_CLOSE(g.a, cos(1.25), 1e-12);
    CHECK_CLOSE(g.b, 0.25, 1e-12);
    g = __enzyme_autodiff_two((void *)norm, p.a, enzyme_const, p.b, 3.0);
    CHECK_CLOSE(g.a, 3, 1e-12);
    CHECK_CLOSE(g.b, 0.25, 1e-12);
}

/* A struct of three floats is two of them in one register, and one in another. */
struct floats { float x, y, z; };
struct half { float x, y; };
static float product(struct floats f) { return f.x * f.y * f.z; }
extern float __enzyme_fwddiff_halves(void *, int, struct half, struct half, int, float, float);
static void check_halves(void) {
    struct half p = {2, 3}, dp = {0.5f, 0.25f};
    float d = __enzyme_fwddiff_halves((void *)product, enzyme_dup, p, dp, enzyme_dup, 4, 1);
    CHECK_CLOSE(d, 0.5 * 12 + 0.25 * 8 + 6, 1e-6);
}

int main(void) {
    CHECK(n, 0.5, 1.25, -0.75);
    CHECK(p, 0.5, 1.25, -0.75, 2);
    if (markers_work) check_members(), check_halves();
    return report();
}
