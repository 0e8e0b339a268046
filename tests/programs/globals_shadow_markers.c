/* Shadows of global variables as the program sees them: the default set, contexts, registrations. */
/* lanes: their own */
#include <enzyme.h>
#include "check.h"

static double scale = 3;
static double weights[3] = {1, 2, 4};
static double f(double x) { return scale * scale * x + weights[1] * x * x; }

static double total;
static void add(double x) { total += x * scale; }

struct inner {
    double v;
    int n;
};
static struct inner in = {5, 2};
static struct outer {
    double field[2];
    struct inner *p;
    int count;
} out = {{1, 2}, &in, 7};
static double g(double x) { return out.field[1] * x + out.p->v * out.p->n * x * x + out.count; }

static _Thread_local double mine = 2;
static double h(double x) { return mine * x; }

static double own = 4, own_shadow;
void *__enzyme_shadow_global_own[] = {&own, &own_shadow};
static double a = 2, b = 3, da, db;
struct pair_of_globals {
    void *variable, *shadow;
};
struct pair_of_globals __enzyme_shadow_globals_ab[] = {{&a, &da}, {&b, &db}};
static double k(double x) { return own * own * x + a * b * x * x; }

static NOINLINE double *at(int i) { return &weights[i]; }
struct lanes {
    double l[2];
};
struct lanes __enzyme_fwddiff_lanes(void *, ...);

int main(void) {
    /* the default set accumulates, and is shared by the modes */
    double *dscale = __enzyme_shadow(&scale, 1, 0), *dw = __enzyme_shadow(weights, 1, 0);
    CHECK_TRUE(*dscale == 0 && dw[1] == 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)f, 2.0), 9 + 8, 1e-12);
    CHECK_CLOSE(*dscale, 12, 1e-12);
    CHECK_CLOSE(dw[1], 4, 1e-12);
    CHECK_CLOSE(dw[0], 0, 1e-12);
    __enzyme_autodiff((void *)f, 2.0);
    CHECK_CLOSE(*dscale, 24, 1e-12);
    *dscale = 10, dw[1] = 100;
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, 2.0, 1.0), 17 + 10 * 12 + 100 * 4, 1e-12);
    *dscale = 0;
    double *second = (double *)__enzyme_shadow(&weights[1], 1, 0);
    CHECK_TRUE(second == dw + 1);

    /* a global as output */
    double *dtotal = __enzyme_shadow(&total, 1, 0);
    *dtotal = 1;
    CHECK_CLOSE(__enzyme_autodiff((void *)add, 5.0), 3, 1e-12);
    CHECK_CLOSE(*dtotal, 1, 1e-12); /* what was there before still counts */
    CHECK_CLOSE(*dscale, 5, 1e-12);

    /* contexts: each call is a set of its own */
    void *c = __enzyme_context(1), *d = __enzyme_context(1);
    double *cs = __enzyme_shadow(c, &scale, 0), *ds = __enzyme_shadow(d, &scale, 0);
    CHECK_TRUE(cs != ds && cs != dscale);
    __enzyme_autodiff((void *)f, enzyme_context, c, 2.0);
    CHECK_CLOSE(*cs, 12, 1e-12);
    CHECK_CLOSE(*ds, 0, 1e-12);
    __enzyme_zero_shadows(c);
    CHECK_CLOSE(*cs, 0, 1e-12);

    /* pointers between globals point to shadows of the set; integers are copies */
    struct outer *dout = __enzyme_shadow(c, &out, 0);
    CHECK_TRUE(dout->count == 7 && dout->p != &in && dout->p->n == 2 && dout->p->v == 0);
    __enzyme_autodiff((void *)g, enzyme_context, c, 3.0);
    CHECK_CLOSE(dout->field[1], 3, 1e-12);
    CHECK_CLOSE(dout->p->v, 18, 1e-12);
    CHECK_CLOSE(*(double *)__enzyme_shadow(c, &out.field[1], 0), 3, 1e-12);
    __enzyme_zero_shadows(c);
    CHECK_TRUE(dout->p->v == 0 && dout->count == 7 && dout->p->n == 2);
    dout->p->v = 1;
    CHECK_CLOSE(__enzyme_fwddiff((void *)g, enzyme_context, c, 3.0, 0.0), 18, 1e-12);

    /* lanes: the context says how many */
    void *w = __enzyme_context(2);
    for (int i = 0; i < 2; i++) *(double *)__enzyme_shadow(w, &scale, i) = i + 1;
    struct lanes r = __enzyme_fwddiff_lanes((void *)f, enzyme_context, w, 2.0, 0.0, 1.0);
    CHECK_CLOSE(r.l[0], 12, 1e-12);
    CHECK_CLOSE(r.l[1], 24 + 17, 1e-12);

    double *dmine = __enzyme_shadow(&mine, 1, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)h, 7.0), 2, 1e-12);
    CHECK_CLOSE(*dmine, 7, 1e-12);

    CHECK_CLOSE(__enzyme_autodiff((void *)k, 2.0), 16 + 24, 1e-12);
    CHECK_CLOSE(own_shadow, 16, 1e-12);
    CHECK_CLOSE(da, 12, 1e-12);
    CHECK_CLOSE(db, 8, 1e-12);
    own_shadow = 1, da = db = 0;
    CHECK_CLOSE(__enzyme_fwddiff((void *)k, 2.0, 0.0), 16, 1e-12);
    CHECK_TRUE(at(1) == weights + 1);
    return report();
}
