/* Derivatives by hand in forward mode, beside those of reverse mode; used after inlining, in loops and recursion,
   through pointers, and in second derivatives. */
#include "check.h"

struct pair { double a, b; };
struct floats { float a, b; };
float __enzyme_fwddiff_float(void *, ...);

static double cube(double x) { return x * x * x; }
static struct pair cube_fwd(double x, double dx) { return (struct pair){x * x * x, 100 * dx}; }
void *__enzyme_register_derivative_cube[] = {(void *)cube, (void *)cube_fwd};
static double uses_cube(double x) { return cube(x) * x; }

/* constant numbers beside active ones, an integer, an array */
static double weigh(const double *x, int n, double s, double unused) {
    double t = 0;
    for (int i = 0; i < n; i++) t += x[i];
    return t * s + 0 * unused;
}
static struct pair weigh_fwd(const double *x, const double *dx, int n, int dn, double s, double ds,
                             double unused, double dunused) {
    double t = 0, dt = 0;
    for (int i = 0; i < n; i++) t += x[i], dt += dx[i];
    return (struct pair){t * s, 10 * s * dt + 20 * t * ds + dunused + (dn - n)};
}
void *__enzyme_register_derivative_weigh[] = {(void *)weigh, (void *)weigh_fwd};
static double uses_weigh(const double *x, double s) { return weigh(x, 3, s, 7); }

/* nothing returned */
static void put(double *y, double x) { *y = x; }
static void put_fwd(double *y, double *dy, double x, double dx) { *y = x, *dy = 50 * dx; }
void *__enzyme_register_derivative_put[] = {(void *)put, (void *)put_fwd};
static double uses_put(double x) {
    double y;
    put(&y, x);
    return y * y;
}

/* float, and a struct through memory */
static float half(float x) { return x / 2; }
static struct floats half_fwd(float x, float dx) { return (struct floats){x / 2, 30 * dx}; }
void *__enzyme_register_derivative_half[] = {(void *)half, (void *)half_fwd};
static float uses_half(float x) { return half(x) * 2; }
static struct pair spin(double x) { return (struct pair){x, -x}; }
struct spun { struct pair value, tangent; };
static struct spun spin_fwd(double x, double dx) { return (struct spun){{x, -x}, {5 * dx, 6 * dx}}; }
void *__enzyme_register_derivative_spin[] = {(void *)spin, (void *)spin_fwd};
static double uses_spin(double x) {
    struct pair p = spin(x);
    return p.a + 10 * p.b;
}

/* both modes: each has its own; a mode without a rule looks at the body */
static double square(double x) { return x * x; }
static double square_aug(double x) { return x * x; }
static double square_rev(double x, double seed) { return 1000 * x * seed; }
static struct pair square_fwd(double x, double dx) { return (struct pair){x * x, 2000 * x * dx}; }
void *__enzyme_register_gradient_square[] = {(void *)square, (void *)square_aug, (void *)square_rev};
void *__enzyme_register_derivative_square[] = {(void *)square, (void *)square_fwd};
static double uses_square(double x) { return square(x) + cube(x); }

/* only declared here; what the tables know by name stays as it is */
double twentieth(double) __asm__("drem_like_nothing_known") __attribute__((weak));
static struct pair twentieth_fwd(double x, double dx) { return (struct pair){x / 20, 17 * dx}; }
static double twentieth_aug(double x) { return x / 20; }
static double twentieth_rev(double x, double seed) { return (void)x, 19 * seed; }
void *__enzyme_register_derivative_twentieth[] = {(void *)twentieth, (void *)twentieth_fwd};
void *__enzyme_register_gradient_twentieth[] = {(void *)twentieth, (void *)twentieth_aug, (void *)twentieth_rev};
static double uses_twentieth(double x) { return twentieth(x) * x; }
static struct pair cbrt_fwd(double x, double dx) { return (struct pair){x, 1234 * dx}; }
void *__enzyme_register_derivative_cbrt[] = {(void *)cbrt, (void *)cbrt_fwd};
static double uses_cbrt(double x) { return cbrt(x); }

/* always inlined, called from a loop, from recursion, chosen by a pointer */
static inline __attribute__((always_inline)) double bump(double x) { return x + 1; }
static struct pair bump_fwd(double x, double dx) { return (struct pair){x + 1, 2 * dx}; }
static double bump_aug(double x) { return x + 1; }
static double bump_rev(double x, double seed) { return (void)x, 2 * seed; }
void *__enzyme_register_derivative_bump[] = {(void *)bump, (void *)bump_fwd};
void *__enzyme_register_gradient_bump[] = {(void *)bump, (void *)bump_aug, (void *)bump_rev};
static double apply(double (*f)(double), double x, int n) {
    for (int i = 0; i < n; i++) x = f(x);
    return x;
}
static double bumps(double x) { return apply(bump, x, 5); }
NOINLINE static double recurse(double x, int n) { return n ? bump(recurse(x, n - 1)) : x; }
static double recursion(double x) { return recurse(x, 6); }

/* second derivatives: the rule's own arithmetic is differentiated, and rules used in what it calls */
static double slope(double x) { return __enzyme_autodiff((void *)uses_square, x); }
static double forward_slope(double x) { return __enzyme_fwddiff((void *)uses_square, x, 1.0); }

/* structs by value, which the ABI takes apart: whole, with their tangents behind, or piece by piece */
struct point { double x, y; };
struct many { float a, b, c; };
struct view { double *p; long n; };
NOINLINE static double area(struct point p, double k) { return p.x * p.y * k; }
static struct pair area_fwd(struct point p, struct point dp, double k, double dk) {
    return (struct pair){area(p, k), (dp.x * p.y + p.x * dp.y) * k + p.x * p.y * dk + 1000};
}
void *__enzyme_register_derivative_area[] = {(void *)area, (void *)area_fwd};
NOINLINE static double volume(struct point p) { return p.x * p.y; }
static struct pair volume_fwd(double x, double dx, double y, double dy) { return (struct pair){x * y, dx * y + x * dy + 1000}; }
void *__enzyme_register_derivative_volume[] = {(void *)volume, (void *)volume_fwd};
NOINLINE static struct many turned(struct many m, struct view v) { return (struct many){m.b * (float)v.p[v.n], m.c, m.a}; }
struct many2 { struct many v, d; };
static struct many2 turned_fwd(struct many m, struct many d, struct view v, struct view dv) {
    float p = (float)v.p[v.n], dp = (float)dv.p[dv.n];
    return (struct many2){{m.b * p, m.c, m.a}, {d.b * p + m.b * dp, d.c, d.a + 1000}};
}
void *__enzyme_register_derivative_turned[] = {(void *)turned, (void *)turned_fwd};
NOINLINE static double dot(struct view a, struct view b) { return a.p[0] * b.p[0] + a.n * b.p[1]; }
static double dot_aug(struct view a, struct view da, struct view b, struct view db) { return (void)da, (void)db, dot(a, b); }
static void dot_rev(struct view a, struct view da, struct view b, struct view db, double seed) {
    da.p[0] += b.p[0] * seed;
    db.p[0] += a.p[0] * seed;
    db.p[1] += a.n * seed + 1000;
}
void *__enzyme_register_gradient_dot[] = {(void *)dot, (void *)dot_aug, (void *)dot_rev};
static double uses_structs(double *x) {
    struct many m = turned((struct many){(float)x[0], (float)x[1], 5}, (struct view){x, 1});
    struct point p = {x[0], 3 * x[1]};
    return area(p, 2 * x[2]) + volume(p) + m.a + m.c;
}
static double uses_dot(double *x) { return dot((struct view){x, 7}, (struct view){x + 1, 3}); }

int main(void) {
    double x[3] = {1, 2, 3}, dx[3] = {1, 0, 1};
    if (!markers_work) return report();
    /* 6 x0 x1 x2, 3 x0 x1, x1^2, x0 */
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_structs, x, dx), 36 + 12 + 1000 + 6 + 1000 + 0 + 1 + 1000, 0);
    double g[3] = {0};
    __enzyme_autodiff((void *)uses_dot, x, g);
    CHECK_CLOSE(g[0], 2, 0);
    CHECK_CLOSE(g[1], 1, 0);
    CHECK_CLOSE(g[2], 7 + 1000, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_cube, 2.0, 3.0), 100 * 3 * 2 + 8 * 3, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)cube, 2.0, 3.0), 300, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_cube, 2.0), 4 * 8, 0); /* no rule for this mode */
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_weigh, x, dx, 2.0, 1.0), 10 * 2 * 2 + 20 * 6, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_weigh, x, dx, enzyme_const, 2.0), 10 * 2 * 2, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_put, 2.0, 3.0), 2 * 2 * 50 * 3, 0);
    CHECK_CLOSE(__enzyme_fwddiff_float((void *)uses_half, 2.0f, 1.0f), 60, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_spin, 2.0, 1.0), 5 + 60, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_square, 3.0, 1.0), 6000 + 100, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_square, 3.0), 3000 + 27, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_twentieth, 20.0, 1.0), 17 * 20 + 1, 1e-15);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_twentieth, 20.0), 19 * 20 + 1, 1e-15);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_cbrt, 8.0, 1.0), 1.0 / 12, 1e-15);
    CHECK_CLOSE(__enzyme_fwddiff((void *)bumps, 3.0, 1.0), 32, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)bumps, 3.0), 32, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)recursion, 3.0, 1.0), 64, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)recursion, 3.0), 64, 0);
    /* 1000 x + 3 x^2, of which cube's own derivative is known to reverse mode only by its body */
    CHECK_CLOSE(__enzyme_fwddiff((void *)slope, 3.0, 1.0), 1000 + 18, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)slope, 3.0), 1000 + 18, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)forward_slope, 3.0, 1.0), 2000, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)forward_slope, 3.0), 2000, 0);
    return report();
}
