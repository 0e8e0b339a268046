/* Fixed-point iterations: the derivative is that of the state which the loop has come to. */
#include "check.h"

extern int enzyme_fp_state, enzyme_fp_reduction, enzyme_fp_max_iters, enzyme_fp_control;
extern int enzyme_checkpoint_region;
void __enzyme_fixed_point(void *, ...);

/* ---- sqrt(a) by Heron: z = (z + a / z) / 2 */

static int heron(int i, double *z, double a) {
    double before = *z;
    *z = 0.5 * (before + a / before);
    return fabs(*z - before) > 1e-15 * before && i < 100;
}

static double root(double a, double scale) {
    double z = 1;
    __enzyme_fixed_point((void *)heron, enzyme_fp_state, &z, sizeof z, &z, a);
    return scale * z;
}

/* ---- a linear system by Gauss-Seidel: A z = b, converging slowly, so that many terms count */

struct system { double a[9]; const double *b; int n; };
static int sweeps;

static int gauss_seidel(long i, double *z, struct system *s) {
    double change = 0;
    for (int r = 0; r < s->n; r++) {
        double sum = s->b[r];
        for (int c = 0; c < s->n; c++)
            if (c != r) sum -= s->a[3 * r + c] * z[c];
        sum /= s->a[4 * r];
        change += fabs(sum - z[r]);
        z[r] = sum;
    }
    sweeps++;
    return change > 1e-14 && i < 500;
}

static double solve(const double *p, int n) { /* p: three of A's entries, and b */
    double z[3] = {0};
    struct system s = {{4, p[0], 1, 1, 5, p[1], p[2], 1, 4}, p + 3, n};
    __enzyme_fixed_point((void *)gauss_seidel, enzyme_fp_state, z, sizeof z, enzyme_fp_reduction, 1e-30,
                         z, &s);
    return z[0] * z[1] + z[2];
}
static void solve_reverse(double *p, double *bp, int n) { __enzyme_autodiff_void((void *)solve, p, bp, enzyme_const, n); }
static double solve_forward(double *p, double *dp, int n) { return __enzyme_fwddiff((void *)solve, p, dp, enzyme_const, n); }
static double solve_primal(double *p, int n) { (void)n; return solve(p, 3); }
static void solve3_reverse(double *p, double *bp, int n) { (void)n; solve_reverse(p, bp, 3); }
static double solve3_forward(double *p, double *dp, int n) { (void)n; return solve_forward(p, dp, 3); }

/* ---- two states, of float; the limit, and a control of one's own */

static int pair_step(int i, float *u, float *v, float k) {
    *u = 0.25f * *v + k;
    *v = 0.5f * *u + 1;
    return i < 30;
}
static int looked, told;
static int control(double *cumulative, double *reduction) {
    if (*cumulative == -1) told++;
    looked++;
    return looked < 12 && *reduction >= 0;
}

static float pair(float k) { /* u = k + v / 4, v = u / 2 + 1  =>  u = (k + 1/4) * 8 / 7 */
    float u = 0, v = 0;
    __enzyme_fixed_point((void *)pair_step, enzyme_fp_state, &u, sizeof u, enzyme_fp_state, &v, sizeof v,
                         enzyme_fp_max_iters, 40L, &u, &v, k);
    return u;
}
static float pair_controlled(float k) {
    float u = 0, v = 0;
    __enzyme_fixed_point((void *)pair_step, enzyme_fp_state, &u, sizeof u, enzyme_fp_state, &v, sizeof v,
                         enzyme_fp_control, (void *)control, &u, &v, k);
    return u;
}
static float pair_limited(float k) {
    float u = 0, v = 0;
    __enzyme_fixed_point((void *)pair_step, enzyme_fp_state, &u, sizeof u, enzyme_fp_state, &v, sizeof v,
                         enzyme_fp_max_iters, 1L, &u, &v, k);
    return u;
}
float __enzyme_autodiff_float(void *, float);
float __enzyme_fwddiff_float(void *, float, float);

/* ---- a state that the caller goes on with; parameters that are constant */

static double outer(double *z, int n) {
    __enzyme_fixed_point((void *)heron, enzyme_fp_state, z, sizeof *z, enzyme_checkpoint_region, &sweeps,
                         sizeof sweeps, z, z[1]);
    for (int i = 1; i < n; i++) z[0] *= z[i];
    return z[0];
}
static void outer_reverse(double *z, double *bz, int n) { __enzyme_autodiff_void((void *)outer, z, bz, n); }
static double outer_forward(double *z, double *dz, int n) { return __enzyme_fwddiff((void *)outer, z, dz, n); }

static double slope(double a) { return __enzyme_autodiff((void *)root, a, enzyme_const, 1.0); }

struct gradients { double a, scale; };
struct gradients __enzyme_autodiff_gradients(void *, ...);

int main(void) {
    if (!markers_work) return 0;
    struct gradients g = __enzyme_autodiff_gradients((void *)root, 2.0, 3.0);
    CHECK_CLOSE(g.a, 3 / (2 * sqrt(2)), 1e-13);
    CHECK_CLOSE(g.scale, sqrt(2), 1e-14);
    CHECK_CLOSE(__enzyme_fwddiff((void *)root, 2.0, 1.0, 3.0, 0.5), g.a + 0.5 * g.scale, 1e-13);

    double p[6] = {1, 0.5, 0.25, 1, 2, 3};
    check_run("solve", solve_primal, solve3_reverse, solve3_forward, p, 6, 1e-3, 1e-9);

    CHECK_CLOSE(__enzyme_autodiff_float((void *)pair, 0.5f), 8.0 / 7, 1e-5);
    CHECK_CLOSE(__enzyme_fwddiff_float((void *)pair, 0.5f, 1), 8.0 / 7, 1e-5);
    CHECK_CLOSE(__enzyme_autodiff_float((void *)pair_controlled, 0.5f), 8.0 / 7, 1e-5);
    CHECK_TRUE(looked > 1 && looked <= 12 && told == 1);
    CHECK_CLOSE(__enzyme_autodiff_float((void *)pair_limited, 0.5f), 1, 1e-6); /* the first term alone */

    double z[3] = {1, 2, 3};
    check_run("outer", outer, outer_reverse, outer_forward, z, 3, 1e-3, 1e-9);
    CHECK_CLOSE(__enzyme_fwddiff((void *)slope, 2.0, 1.0), -0.25 * pow(2, -1.5), 1e-10);
    return failures != 0;
}
