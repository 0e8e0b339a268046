/* What every acceptance program shares: the markers, and a check of a derivative against differences.

   A function under test is looked at as a map of one array z in place, with a result r:
   z is all that the function reads and writes through active arguments. Then

       reverse   a shadow that holds the seeds s of z after the call becomes  d(r + s.z_after)/dz
       forward   the tangent dz of z before the call becomes that of z_after, and dr is returned

   so one check covers gradients, accumulation into shadows that are not zero, seeds of overwritten
   memory and outputs. The reference is a difference quotient of sixth order of the primal itself,
   independent of every rule. With -DORACLE_ONLY no marker is called: the quotient is checked
   against itself at half the step, which shows that a program's own expectation is sound. */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int enzyme_dup, enzyme_dupnoneed, enzyme_const, enzyme_out, enzyme_primal_return;
extern int enzyme_interleave;
extern double __enzyme_autodiff(void *, ...);
extern double __enzyme_fwddiff(void *, ...);
extern void __enzyme_autodiff_void(void *, ...);
extern void __enzyme_fwddiff_void(void *, ...);

#ifdef ORACLE_ONLY
enum { markers_work = 0 };
#else
enum { markers_work = 1 };
#endif

#define UNUSED __attribute__((unused))
#define NOINLINE __attribute__((noinline))
#define LENGTH(array) ((int)(sizeof(array) / sizeof((array)[0])))

static int failures;
static volatile double check_zero = 0.0;

/* Also under -ffast-math, where the compiler believes that there is no NaN. */
UNUSED static int is_finite(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits >> 52 & 0x7ff) != 0x7ff;
}

UNUSED static int is_close(double got, double want, double tol) {
#ifdef __FAST_MATH__
    tol = 10 * tol + 1e-12;
#endif
    return is_finite(got) && is_finite(want) && fabs(got - want) <= tol * (1 + fabs(want));
}

#define CHECK_CLOSE(got, want, tol)                                                              \
    do {                                                                                         \
        double check_got = (got), check_want = (want);                                           \
        if (!is_close(check_got, check_want, (tol))) {                                           \
            printf("%s:%d: %s is %.17g, want %.17g\n", __FILE__, __LINE__, #got, check_got,      \
                   check_want);                                                                  \
            failures++;                                                                          \
        }                                                                                        \
    } while (0)

#define CHECK_TRUE(condition)                                                                    \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                       \
            failures++;                                                                          \
        }                                                                                        \
    } while (0)

typedef double primal_function(double *z, int n);
typedef void reverse_function(double *z, double *bz, int n);
typedef double forward_function(double *z, double *dz, int n);

enum { CHECK_MAX = 64 };

static void check_expect(const char *name, const char *what, int i, double got, double want,
                         double tol) {
    if (is_close(got, want, tol)) return;
    printf("%s: %s[%d] is %.17g, want %.17g\n", name, what, i, got, want);
    failures++;
}

/* The slope at t = 0 of each z_after(t), and last of r(t), for z(t) = z0 + t v. */
static void check_slopes(primal_function *primal, const double *z0, const double *v, int n, double h,
                         double *slopes) {
    static const double weights[] = {-1, 9, -45, 0, 45, -9, 1};
    double z[CHECK_MAX];
    for (int i = 0; i <= n; i++) slopes[i] = 0;
    for (int k = -3; k <= 3; k++) {
        if (k == 0) continue;
        for (int i = 0; i < n; i++) z[i] = z0[i] + k * h * v[i];
        double r = primal(z, n);
        for (int i = 0; i < n; i++) slopes[i] += weights[k + 3] / (60 * h) * z[i];
        slopes[n] += weights[k + 3] / (60 * h) * r;
    }
}

UNUSED static void check_run(const char *name, primal_function *primal, reverse_function *reverse,
                             forward_function *forward, const double *z0, int n, double h,
                             double tol) {
    double z[CHECK_MAX], after[CHECK_MAX], seeds[CHECK_MAX], shadow[CHECK_MAX], again[CHECK_MAX];
    double direction[CHECK_MAX], slopes[CHECK_MAX + 1], want[CHECK_MAX + 1];
    double r, dr;

    memcpy(after, z0, n * sizeof *z);
    r = primal(after, n);
    check_expect(name, "finite result", 0, r, r, tol);
    for (int i = 0; i < n; i++) {
        seeds[i] = 0.375 + 0.25 * (i % 5) - 0.5 * (i % 3);
        direction[i] = 0.5 + 0.125 * (i % 7) - 0.75 * (i % 2);
    }

    for (int i = 0; i < n; i++) { /* column i of the Jacobian, weighted by the seeds */
        double unit[CHECK_MAX] = {0};
        unit[i] = 1;
        check_slopes(primal, z0, unit, n, h, slopes);
        want[i] = slopes[n];
        for (int j = 0; j < n; j++) want[i] += seeds[j] * slopes[j];
        check_slopes(primal, z0, unit, n, h / 2, slopes);
        shadow[i] = slopes[n];
        for (int j = 0; j < n; j++) shadow[i] += seeds[j] * slopes[j];
    }
    if (markers_work) {
        memcpy(z, z0, n * sizeof *z);
        memcpy(shadow, seeds, n * sizeof *z);
        reverse(z, shadow, n);
        for (int i = 0; i < n; i++) check_expect(name, "primal after reverse", i, z[i], after[i], tol);
        memcpy(z, z0, n * sizeof *z);
        memcpy(again, seeds, n * sizeof *z);
        reverse(z, again, n);
        for (int i = 0; i < n; i++)
            check_expect(name, "second gradient", i, again[i], shadow[i], 1e-14);
    }
    for (int i = 0; i < n; i++) check_expect(name, "gradient", i, shadow[i], want[i], tol);

    check_slopes(primal, z0, direction, n, h, want);
    check_slopes(primal, z0, direction, n, h / 2, slopes);
    memcpy(shadow, slopes, n * sizeof *z);
    dr = slopes[n];
    if (markers_work) {
        memcpy(z, z0, n * sizeof *z);
        memcpy(shadow, direction, n * sizeof *z);
        dr = forward(z, shadow, n);
        for (int i = 0; i < n; i++) check_expect(name, "primal after forward", i, z[i], after[i], tol);
    }
    for (int i = 0; i < n; i++) check_expect(name, "tangent", i, shadow[i], want[i], tol);
    check_expect(name, "tangent of result", 0, dr, want[n], tol);
}

#define CHECK_TOL(f, tol, ...)                                                                   \
    check_run(#f, f##_primal, f##_reverse, f##_forward, (double[]){__VA_ARGS__},                 \
              LENGTH(((double[]){__VA_ARGS__})), 1e-3, tol)
#define CHECK(f, ...) CHECK_TOL(f, 1e-9, __VA_ARGS__)

/* double f(double *x, int n) */
#define ARRAY_TEST(f)                                                                            \
    static double f##_primal(double *z, int n) { return f(z, n); }                               \
    static void f##_reverse(double *z, double *bz, int n) {                                      \
        __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, enzyme_const, n);                   \
    }                                                                                            \
    static double f##_forward(double *z, double *dz, int n) {                                    \
        return __enzyme_fwddiff((void *)f, enzyme_dup, z, dz, enzyme_const, n);                  \
    }

/* void f(double *x, int n), in place */
#define INPLACE_TEST(f)                                                                          \
    static double f##_primal(double *z, int n) {                                                 \
        f(z, n);                                                                                 \
        return 0;                                                                                \
    }                                                                                            \
    static void f##_reverse(double *z, double *bz, int n) {                                      \
        __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, n);                                 \
    }                                                                                            \
    static double f##_forward(double *z, double *dz, int n) {                                    \
        __enzyme_fwddiff_void((void *)f, enzyme_dup, z, dz, n);                                  \
        return 0;                                                                                \
    }

/* void f(const double *x, double *y), where x has nx elements and z is x, then y */
#define MAP_TEST(f, nx)                                                                          \
    static double f##_primal(double *z, int n) {                                                 \
        (void)n;                                                                                 \
        f(z, z + (nx));                                                                          \
        return 0;                                                                                \
    }                                                                                            \
    static void f##_reverse(double *z, double *bz, int n) {                                      \
        (void)n;                                                                                 \
        __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, enzyme_dup, z + (nx), bz + (nx));   \
    }                                                                                            \
    static double f##_forward(double *z, double *dz, int n) {                                    \
        (void)n;                                                                                 \
        __enzyme_fwddiff_void((void *)f, enzyme_dup, z, dz, enzyme_dup, z + (nx), dz + (nx));    \
        return 0;                                                                                \
    }

/* double f(double), (double, double), (double, double, double): default activities */
#define SCALAR1_TEST(f)                                                                          \
    static double f##_primal(double *z, int n) { return (void)n, f(z[0]); }                      \
    static void f##_reverse(double *z, double *bz, int n) {                                      \
        (void)n;                                                                                 \
        bz[0] += __enzyme_autodiff((void *)f, z[0]);                                             \
    }                                                                                            \
    static double f##_forward(double *z, double *dz, int n) {                                    \
        (void)n;                                                                                 \
        return __enzyme_fwddiff((void *)f, z[0], dz[0]);                                         \
    }

struct two { double a, b; };
struct three { double a, b, c; };
extern struct two __enzyme_autodiff_two(void *, ...);
extern struct three __enzyme_autodiff_three(void *, ...);

#define SCALAR2_TEST(f)                                                                          \
    static double f##_primal(double *z, int n) { return (void)n, f(z[0], z[1]); }                \
    static void f##_reverse(double *z, double *bz, int n) {                                      \
        (void)n;                                                                                 \
        struct two g = __enzyme_autodiff_two((void *)f, enzyme_out, z[0], enzyme_out, z[1]);     \
        bz[0] += g.a, bz[1] += g.b;                                                              \
    }                                                                                            \
    static double f##_forward(double *z, double *dz, int n) {                                    \
        (void)n;                                                                                 \
        return __enzyme_fwddiff((void *)f, enzyme_dup, z[0], dz[0], enzyme_dup, z[1], dz[1]);    \
    }

#define SCALAR3_TEST(f)                                                                          \
    static double f##_primal(double *z, int n) { return (void)n, f(z[0], z[1], z[2]); }          \
    static void f##_reverse(double *z, double *bz, int n) {                                      \
        (void)n;                                                                                 \
        struct three g = __enzyme_autodiff_three((void *)f, z[0], z[1], z[2]);                   \
        bz[0] += g.a, bz[1] += g.b, bz[2] += g.c;                                                \
    }                                                                                            \
    static double f##_forward(double *z, double *dz, int n) {                                    \
        (void)n;                                                                                 \
        return __enzyme_fwddiff((void *)f, z[0], dz[0], z[1], dz[1], z[2], dz[2]);               \
    }

UNUSED static int report(void) {
    if (failures) printf("%d checks failed\n", failures);
    return failures != 0;
}

#endif
