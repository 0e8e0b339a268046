/* Derivatives of derivatives with several directions: a Hessian in one call, in every order of modes. */
#include "check.h"

extern int enzyme_width, enzyme_dupv;

enum { N = 4 };

static double f(const double *x) {
    double t[N], s = 0;
    for (int i = 0; i < N; i++) t[i] = sin(x[i]) * x[(i + 1) % N];
    for (int i = 0; i < N; i++)
        for (int k = 0; k < i; k++) s += t[i] * t[k] * exp(0.3 * x[k]) / (2 + t[i] * t[i]);
    return s;
}

static void gradient(const double *x, double *g) { __enzyme_autodiff_void((void *)f, x, g); }

struct lanes { double l[N]; };
extern struct lanes __enzyme_fwddiff_lanes(void *, ...);
static struct lanes slopes(const double *x) {
    double unit[N][N] = {{0}};
    for (int v = 0; v < N; v++) unit[v][v] = 1;
    return __enzyme_fwddiff_lanes((void *)f, enzyme_width, N, enzyme_dupv, sizeof *unit, x, unit);
}
static void slopes_into(const double *x, double *g) {
    struct lanes made = slopes(x);
    for (int i = 0; i < N; i++) g[i] = made.l[i];
}

static void weighted(const double *x, const double *w, double *g) { /* two gradients at once */
    double twice[2][N] = {{0}};
    __enzyme_autodiff_void((void *)f, enzyme_width, 2, x, twice[0], twice[1]);
    for (int i = 0; i < N; i++) g[i] = w[i] * (twice[0][i] + twice[1][i]);
}
static double sum_of_weighted(const double *x, const double *w) {
    double g[N], s = 0;
    weighted(x, w, g);
    for (int i = 0; i < N; i++) s += g[i];
    return s;
}

static double scalar(double x) { return sqrt(x) * x + (x == 0 ? 0 : log(1 + x) * x); }
static double scalar_slope(double x) { return __enzyme_fwddiff((void *)scalar, x, 1.0); }
struct two_lanes { double l[2]; };
extern struct two_lanes __enzyme_fwddiff_two(void *, ...), __enzyme_autodiff_l2(void *, ...);
static double scalar_curve(double x) {
    struct two_lanes d = __enzyme_autodiff_l2((void *)scalar_slope, enzyme_width, 2, x);
    return d.l[0] + d.l[1];
}
static double product(double a, double b) { return a * b; } /* zero wins, but not for its slope */
static double chain(double x) { return product(x, product(x, x)); }
static double chain_slope(double x) { return __enzyme_autodiff((void *)chain, x); }

int main(void) {
    if (!markers_work) return report();
    double x[N] = {0.3, 1.2, -0.7, 0.9}, want[N][N], h[N][N], units[N][N] = {{0}}, g[N];
    for (int v = 0; v < N; v++) units[v][v] = 1;
    for (int v = 0; v < N; v++) { /* one column after the other */
        double zero[N] = {0};
        memset(g, 0, sizeof g);
        memcpy(want[v], zero, sizeof zero);
        __enzyme_fwddiff_void((void *)gradient, x, units[v], g, want[v]);
    }
    double step = 1e-5, up[N], down[N], gu[N] = {0}, gd[N] = {0};
    for (int i = 0; i < N; i++) up[i] = x[i] + step * units[1][i], down[i] = x[i] - step * units[1][i];
    gradient(up, gu);
    gradient(down, gd);
    for (int i = 0; i < N; i++) CHECK_CLOSE(want[1][i], (gu[i] - gd[i]) / (2 * step), 1e-8);

    memset(g, 0, sizeof g);
    memset(h, 0, sizeof h); /* forward in lanes over reverse */
    __enzyme_fwddiff_void((void *)gradient, enzyme_width, N, enzyme_dupv, sizeof *units, x, units,
                          enzyme_dupv, sizeof *h, g, h);
    for (int i = 0; i < N * N; i++) CHECK_CLOSE(h[i / N][i % N], want[i / N][i % N], 1e-13);

    memset(h, 0, sizeof h); /* reverse in lanes over forward in lanes */
    double seeds[N][N];
    memcpy(seeds, units, sizeof seeds);
    __enzyme_autodiff_void((void *)slopes_into, enzyme_width, N, enzyme_dupv, sizeof *h, x, h, enzyme_dupv,
                           sizeof *seeds, g, seeds);
    for (int i = 0; i < N * N; i++) CHECK_CLOSE(h[i / N][i % N], want[i / N][i % N], 1e-13);

    memset(h, 0, sizeof h); /* reverse in lanes over reverse */
    memcpy(seeds, units, sizeof seeds);
    memset(g, 0, sizeof g);
    __enzyme_autodiff_void((void *)gradient, enzyme_width, N, enzyme_dupv, sizeof *h, x, h, enzyme_dupv,
                           sizeof *seeds, g, seeds);
    for (int i = 0; i < N * N; i++) CHECK_CLOSE(h[i / N][i % N], want[i / N][i % N], 1e-13);

    memset(h, 0, sizeof h); /* forward in lanes over forward in lanes */
    __enzyme_fwddiff_void((void *)slopes_into, enzyme_width, N, enzyme_dupv, sizeof *units, x, units,
                          enzyme_dupv, sizeof *h, g, h);
    for (int i = 0; i < N * N; i++) CHECK_CLOSE(h[i / N][i % N], want[i / N][i % N], 1e-13);

    double w[N] = {1, -2, 3, 0.5}, hw[N] = {0}, twice[2][N] = {{0}};
    __enzyme_autodiff((void *)sum_of_weighted, x, hw, enzyme_const, w); /* reverse over reverse in lanes */
    __enzyme_autodiff((void *)sum_of_weighted, enzyme_width, 2, x, twice[0], twice[1], enzyme_const, w);
    for (int i = 0; i < N; i++) {
        double hv = 0;
        for (int k = 0; k < N; k++) hv += 2 * want[i][k] * w[k];
        CHECK_CLOSE(hw[i], hv, 1e-13);
        CHECK_CLOSE(twice[0][i] + 10 * twice[1][i], 11 * hv, 1e-13);
    }
    CHECK_CLOSE(__enzyme_fwddiff((void *)sum_of_weighted, x, units[2], enzyme_const, w), hw[2], 1e-13);

    struct two_lanes d = __enzyme_fwddiff_two((void *)scalar_slope, enzyme_width, 2, 2.0, 1.0, -3.0);
    double second = 0.75 / sqrt(2.0) + 1 / 3.0 + 1 / 9.0;
    CHECK_CLOSE(d.l[0], second, 1e-14);
    CHECK_CLOSE(d.l[1], -3 * second, 1e-14);
    double third = -0.375 / (2 * sqrt(2.0)) - 1 / 9.0 - 2 / 27.0;
    CHECK_CLOSE(__enzyme_autodiff((void *)scalar_curve, 2.0), 2 * third, 1e-13);
    d = __enzyme_autodiff_l2((void *)scalar_curve, enzyme_width, 2, 2.0);
    CHECK_CLOSE(d.l[0] + 10 * d.l[1], 22 * third, 1e-13);
    d = __enzyme_fwddiff_two((void *)chain_slope, enzyme_width, 2, 0.0, 1.0, 2.0); /* 6 x */
    CHECK_CLOSE(d.l[0] + d.l[1], 0, 0);
    d = __enzyme_fwddiff_two((void *)chain_slope, enzyme_width, 2, 5.0, 1.0, 2.0);
    CHECK_CLOSE(d.l[0] + 10 * d.l[1], 30 + 600, 0);
    return report();
}
