/* Derivatives of derivatives of functions with workspaces that static variables keep: each is compared
   with those of the same function whose workspace is local. */
#include "check.h"
extern int enzyme_width, enzyme_dupv;
struct pair {
    double x, y;
};
extern struct pair __enzyme_autodiff_pair(void *, ...);

#define STEPS(w)                                                                                 \
    for (int i = 0; i < n; i++) w[i] = (i ? w[i - 1] : 1) * x + sin(y * i) * x;                  \
    return w[n - 1] * w[1];

static double local(double x, double y, int n) {
    double w[8];
    STEPS(w)
}

static double *first_needed;
static double lazy(double x, double y, int n) {
    if (!first_needed) first_needed = malloc(8 * sizeof *first_needed);
    STEPS(first_needed)
}

static double *grown;
static int room;
static double by_realloc(double x, double y, int n) {
    if (n > room) grown = realloc(grown, n * sizeof *grown), room = n;
    STEPS(grown)
}

static double *replaced;
static int size;
static double by_malloc(double x, double y, int n) {
    if (n > size) {
        free(replaced);
        replaced = malloc(n * sizeof *replaced);
        size = n;
    }
    STEPS(replaced)
}

static struct {
    int calls;
    float *unused;
    double *w;
} work;
static double in_a_struct(double x, double y, int n) {
    work.calls++;
    STEPS(work.w)
}

static _Thread_local double *of_the_thread;
static double thread(double x, double y, int n) {
    STEPS(of_the_thread)
}

#define ORDERS(f)                                                                                \
    static double f##_f(double x, double y, int n) {                                             \
        return __enzyme_fwddiff((void *)f, x, 1.0, y, 2.0, n);                                   \
    }                                                                                            \
    static double f##_r(double x, double y, int n) {                                             \
        struct pair g = __enzyme_autodiff_pair((void *)f, x, y, n);                              \
        return g.x + 2 * g.y;                                                                    \
    }                                                                                            \
    static double f##_ff(double x, double y, int n) {                                            \
        return __enzyme_fwddiff((void *)f##_f, x, 3.0, y, 1.0, n);                               \
    }                                                                                            \
    static double f##_fr(double x, double y, int n) {                                            \
        return __enzyme_fwddiff((void *)f##_r, x, 3.0, y, 1.0, n);                               \
    }                                                                                            \
    static double f##_rf(double x, double y, int n) {                                            \
        struct pair g = __enzyme_autodiff_pair((void *)f##_f, x, y, n);                          \
        return 3 * g.x + g.y;                                                                    \
    }                                                                                            \
    static double f##_rr(double x, double y, int n) {                                            \
        struct pair g = __enzyme_autodiff_pair((void *)f##_r, x, y, n);                          \
        return 3 * g.x + g.y;                                                                    \
    }                                                                                            \
    static void f##_gradient(double *z, double *g, int n) {                                      \
        struct pair d = __enzyme_autodiff_pair((void *)f, z[0], z[1], n);                        \
        g[0] = d.x, g[1] = d.y;                                                                  \
    }                                                                                            \
    static void f##_hessian(double *z, double H[2][2], int n) {                                  \
        double v[2][2] = {{1, 0}, {0, 1}}, g[2];                                                 \
        __enzyme_fwddiff_void((void *)f##_gradient, enzyme_width, 2, enzyme_dupv, 16, z, v,      \
                              enzyme_dupv, 16, g, H, n);                                         \
    }
ORDERS(local)
ORDERS(lazy)
ORDERS(by_realloc)
ORDERS(by_malloc)
ORDERS(in_a_struct)
ORDERS(thread)

static double third(double x, double y, int n) {
    struct pair g = __enzyme_autodiff_pair((void *)lazy_ff, x, y, n);
    return 5 * g.x + g.y;
}
static double local_third(double x, double y, int n) {
    struct pair g = __enzyme_autodiff_pair((void *)local_ff, x, y, n);
    return 5 * g.x + g.y;
}

#define SAME(f, n)                                                                               \
    do {                                                                                         \
        double z[2] = {0.7, 0.4}, got[2][2] = {{0}}, want[2][2] = {{0}};                         \
        CHECK_CLOSE(f##_f(0.7, 0.4, n), local_f(0.7, 0.4, n), 1e-12);                            \
        CHECK_CLOSE(f##_r(0.7, 0.4, n), local_f(0.7, 0.4, n), 1e-12);                            \
        CHECK_CLOSE(f##_ff(0.7, 0.4, n), local_ff(0.7, 0.4, n), 1e-12);                          \
        CHECK_CLOSE(f##_fr(0.7, 0.4, n), local_ff(0.7, 0.4, n), 1e-12);                          \
        CHECK_CLOSE(f##_rf(0.7, 0.4, n), local_ff(0.7, 0.4, n), 1e-12);                          \
        CHECK_CLOSE(f##_rr(0.7, 0.4, n), local_ff(0.7, 0.4, n), 1e-12);                          \
        f##_hessian(z, got, n), local_hessian(z, want, n);                                       \
        for (int i = 0; i < 4; i++) CHECK_CLOSE(got[i / 2][i % 2], want[i / 2][i % 2], 1e-12);   \
    } while (0)

int main(void) {
    work.w = calloc(8, sizeof *work.w);
    of_the_thread = calloc(8, sizeof *of_the_thread);
    /* closed form for n = 2: (x^2 + x sin y)^2 */
    double x = 0.7, y = 0.4, u = x * x + x * sin(y);
    double ux = 2 * x + sin(y), uy = x * cos(y), xx = 2 * (ux * ux + 2 * u);
    double xy = 2 * (ux * uy + u * cos(y)), yy = 2 * (uy * uy - u * x * sin(y));
    CHECK_CLOSE(local_ff(x, y, 2), 3 * xx + (1 + 2 * 3) * xy + 2 * yy, 1e-12);
    for (int n = 2; n < 6; n++) {
        SAME(lazy, n);
        SAME(by_realloc, n);
        SAME(by_malloc, n);
        SAME(in_a_struct, n);
#if !defined(__has_feature) || !__has_feature(undefined_behavior_sanitizer)
        SAME(thread, n);
#endif
        CHECK_CLOSE(third(0.7, 0.4, n), local_third(0.7, 0.4, n), 1e-12);
    }
    return report();
}
