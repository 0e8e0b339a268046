/* Reverse over reverse, and the other orders, where the inner derivative copies structs of mixed kinds and where a
   function that calls itself has nothing to do backwards but to give back its tape. */
#include "check.h"

struct tree { double v; int k; struct tree *side[2]; };
struct item { double p; int k; double q[2]; double *r; };

static struct tree *grow(double a, int k) {
    if (k <= 0) return NULL;
    struct tree *t = malloc(sizeof *t);
    t->v = cos(a), t->k = k;
    t->side[0] = grow(sin(a), k - 1);
    t->side[1] = k & 1 ? grow(a * a, k - 2) : NULL;
    return t;
}

static double sum(struct tree *t, double a) {
    if (!t) return sin(a);
    double l = sum(t->side[0], a * a), r = sum(t->side[1], sin(t->v));
    t->v *= cos(r);
    return sin(l) * r * t->v;
}

static void fell(struct tree *t) {
    if (!t) return;
    fell(t->side[0]), fell(t->side[1]);
    free(t);
}

static double f(double *x) {
    struct tree *t = grow(x[0], 3);
    struct item s = {x[1], 1, {x[2], x[0] * x[1]}, x}, both[2];
    both[0] = both[1] = s;
    both[t->k & 1].q[t->k & 1] *= x[2];
    s = both[t->k & 1];
    double y = sum(t, s.q[1]) + t->v * s.p;
    for (int i = 0; i < 2; i++) y += s.q[i] * both[i].q[1] * both[i].r[i + 1];
    fell(t);
    return y;
}

static void grad(double *x, double *g) {
    for (int i = 0; i < 3; i++) g[i] = 0;
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, g);
}
static double along(double *x, double *v) { return __enzyme_fwddiff((void *)f, enzyme_dup, x, v); }

int main(void) {
    double x[3] = {0.3, 0.7, -0.4}, w[3] = {1, 0.5, -0.25}, want[3], h = 1e-5;
    if (!markers_work) return 0;
    for (int i = 0; i < 3; i++) {
        double at[3], up[3], down[3];
        memcpy(at, x, sizeof at), at[i] += h, grad(at, up), at[i] -= 2 * h, grad(at, down);
        want[i] = 0;
        for (int j = 0; j < 3; j++) want[i] += w[j] * (up[j] - down[j]) / (2 * h);
    }
    double g[3], seeds[3], got[3] = {0};
    memcpy(seeds, w, sizeof w);
    __enzyme_autodiff_void((void *)grad, enzyme_dup, x, got, enzyme_dup, g, seeds);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(got[i], want[i], 1e-8);
    __enzyme_fwddiff_void((void *)grad, enzyme_dup, x, w, enzyme_dup, g, got);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(got[i], want[i], 1e-8);
    memset(got, 0, sizeof got);
    __enzyme_autodiff_void((void *)along, enzyme_dup, x, got, enzyme_const, w);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(got[i], want[i], 1e-8);
    return report();
}
