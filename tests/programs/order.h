/* Checks of second derivatives: H v in all four ways, against differences of the gradient.

   `SECOND_TEST(f)` for `double f(const double *x, int n)`, then `SECOND_CHECK(f, x, n)`. */
#ifndef ORDER_H
#define ORDER_H
#include "check.h"

typedef void order_gradient(const double *x, double *g, int n);
typedef void order_product(const double *x, const double *v, double *h, int n);
typedef double order_form(const double *x, const double *v, const double *w, int n);

static void order_run(const char *name, order_gradient *gradient, order_product *const *products,
                      order_form *form, const double *x, int n, double tol) {
    static const char *const ways[] = {"forward over reverse", "reverse over forward",
                                       "reverse over reverse"};
    static const double weights[] = {-1, 9, -45, 0, 45, -9, 1};
    double v[CHECK_MAX], want[CHECK_MAX] = {0}, h = 1e-3;
    if (!markers_work) return;
    for (int i = 0; i < n; i++) v[i] = 0.5 + 0.25 * (i % 5) - (i % 3 == 2);
    for (int k = -3; k <= 3; k++) {
        double z[CHECK_MAX], g[CHECK_MAX] = {0};
        if (k == 0) continue;
        for (int i = 0; i < n; i++) z[i] = x[i] + k * h * v[i];
        gradient(z, g, n);
        for (int i = 0; i < n; i++) want[i] += weights[k + 3] / (60 * h) * g[i];
    }
    for (int way = 0; way < 3; way++) {
        double got[CHECK_MAX] = {0};
        products[way](x, v, got, n);
        for (int i = 0; i < n; i++) check_expect(name, ways[way], i, got[i], want[i], tol);
    }
    for (int i = 0; i < n; i++) {
        double unit[CHECK_MAX] = {0};
        unit[i] = 1;
        check_expect(name, "forward over forward", i, form(x, v, unit, n), want[i], tol);
    }
}

#define SECOND_TEST(f)                                                                             \
    static double f##_slope(const double *x, const double *v, int n) {                             \
        return __enzyme_fwddiff((void *)f, enzyme_dup, x, v, enzyme_const, n);                     \
    }                                                                                              \
    static void f##_gradient(const double *x, double *g, int n) {                                  \
        __enzyme_autodiff_void((void *)f, enzyme_dup, x, g, enzyme_const, n);                      \
    }                                                                                              \
    static void f##_fr(const double *x, const double *v, double *h, int n) {                       \
        double g[CHECK_MAX] = {0};                                                                 \
        __enzyme_fwddiff_void((void *)f##_gradient, enzyme_dup, x, v, enzyme_dup, g, h,            \
                              enzyme_const, n);                                                    \
    }                                                                                              \
    static void f##_rf(const double *x, const double *v, double *h, int n) {                       \
        __enzyme_autodiff_void((void *)f##_slope, enzyme_dup, x, h, enzyme_const, v,               \
                               enzyme_const, n);                                                   \
    }                                                                                              \
    static void f##_rr(const double *x, const double *v, double *h, int n) {                       \
        double g[CHECK_MAX] = {0}, seed[CHECK_MAX];                                                \
        for (int i = 0; i < n; i++) seed[i] = v[i];                                                \
        __enzyme_autodiff_void((void *)f##_gradient, enzyme_dup, x, h, enzyme_dup, g, seed,        \
                               enzyme_const, n);                                                   \
    }                                                                                              \
    static double f##_ff(const double *x, const double *v, const double *w, int n) {               \
        return __enzyme_fwddiff((void *)f##_slope, enzyme_dup, x, w, enzyme_const, v,              \
                                enzyme_const, n);                                                  \
    }                                                                                              \
    static order_product *const f##_products[] = {f##_fr, f##_rf, f##_rr};

#define SECOND_CHECK_WITHIN(f, x, n, tol) order_run(#f, f##_gradient, f##_products, f##_ff, x, n, tol)
#define SECOND_CHECK(f, x, n) SECOND_CHECK_WITHIN(f, x, n, 1e-9)

#endif
