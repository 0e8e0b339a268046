/* Structs of an integer and a float, which the ABI moves as one integer; and constant results. */
#include "check.h"
struct packed { int k; float f; };
struct four { int k; float f; int l; float g; };
struct halves { short k; _Float16 f, g; };
struct mixed { int k; float f; double d; };
struct at { double v, *p; };
struct packed __enzyme_fwddiff_packed(void *, ...);
struct four __enzyme_fwddiff_four(void *, ...);
struct halves __enzyme_fwddiff_halves(void *, ...);
struct mixed __enzyme_fwddiff_mixed(void *, ...);
struct at __enzyme_fwddiff_at(void *, ...);

static struct packed packed(double x) { return (struct packed){7, x * 1.5}; }
static struct four four(double x) { return (struct four){7, x * 1.5, 8, x * x}; }
static struct halves halves(double x) { return (struct halves){7, x * x, x * 3}; }
static struct mixed mixed(double x, double y) { return (struct mixed){7, x * 1.5, y}; }
static struct at at(double *x, double y) { return (struct at){2 * y, x + 1}; }

/* and as arguments */
struct last { double d; int k; float f; };
static double of_packed(struct packed s) { return s.f * s.f * s.k; }
static double of_last(struct last s) { return s.d * s.f * s.k; }

/* one that is constant or not, as a condition says */
static struct mixed either(struct mixed a, struct mixed b, int n) {
    if (n & 1) a.d *= 2;
    return n & 1 ? a : b;
}
static double f(double *x, int n) {
    struct mixed a = {1, 2.5f, 3.5}, b = {n, x[0], x[1]};
    double r = 0;
    for (int i = 0; i < n; i++) {
        struct mixed c = either(a, b, i);
        r += c.f * c.d * c.k;
        a.k += c.k;
    }
    return r;
}

/* counted up beside the float, in the same register */
NOINLINE static struct packed counted(struct packed s, int n) {
    if (n == 0) return s;
    s = counted(s, n - 1);
    s.f *= s.k, s.k++;
    return s;
}
static double g(double x, int n) { return counted((struct packed){2, x * x}, n).f; }

/* put into an array, with the loop's counter beside the float */
static struct packed get(struct packed *p, int i) { return p[i]; }
static double in_array(double *x, int n) {
    struct packed *p = malloc(n * sizeof *p);
    for (int i = 0; i < n; i++) p[i] = (struct packed){i, x[i]};
    double r = 0;
    for (int i = 0; i < n; i++) {
        struct packed t = get(p, n - 1 - i);
        t.f *= t.k + 1;
        p[i] = t;
        r += p[i].f * p[0].f;
    }
    free(p);
    return r;
}

int main(void) {
    double x[] = {0.5, 1.5, -2}, dx[3] = {0}, y[] = {1, 0, 0};
    if (!markers_work) return report();
    struct packed p = __enzyme_fwddiff_packed((void *)packed, enzyme_dup, 3.0, 1.0);
    CHECK_TRUE(p.k == 7 && p.f == 1.5f);
    CHECK_TRUE(__enzyme_fwddiff_packed((void *)packed, enzyme_const, 3.0).f == 0);
    struct four q = __enzyme_fwddiff_four((void *)four, enzyme_dup, 3.0, 1.0);
    CHECK_TRUE(q.k == 7 && q.f == 1.5f && q.l == 8 && q.g == 6);
    struct halves h = __enzyme_fwddiff_halves((void *)halves, enzyme_dup, 3.0, 1.0);
    CHECK_TRUE(h.k == 7 && h.f == 6 && h.g == 3);
    struct mixed m = __enzyme_fwddiff_mixed((void *)mixed, enzyme_dup, 3.0, 1.0, enzyme_const, 2.0);
    CHECK_TRUE(m.k == 7 && m.f == 1.5f && m.d == 0);
    m = __enzyme_fwddiff_mixed((void *)mixed, enzyme_const, 3.0, enzyme_const, 2.0);
    CHECK_TRUE(m.f == 0 && m.d == 0);
    struct at a = __enzyme_fwddiff_at((void *)at, enzyme_const, x, enzyme_const, 3.0);
    CHECK_TRUE(a.v == 0 && a.p == x + 1);
    struct packed dp = {0, 1};
    struct last l = {2, 3, 4}, dl = {10, 0, 1};
    CHECK_CLOSE(__enzyme_fwddiff((void *)of_packed, enzyme_dup, p, dp), 2 * 1.5 * 7, 1e-6);
    CHECK_CLOSE(__enzyme_fwddiff((void *)of_last, enzyme_dup, l, dl), 10 * 12 + 6, 1e-12);
    __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_const, 3);
    CHECK_CLOSE(dx[0], 6 * x[1], 1e-12);
    CHECK_CLOSE(dx[1], 6 * x[0], 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, enzyme_dup, x, y, enzyme_const, 3), dx[0], 1e-12);
    double z[] = {1, 2, 3}, dz[3] = {0};
    CHECK_CLOSE(in_array(z, 3), 9 * 9 + 4 * 9 + 27 * 9, 1e-6);
    __enzyme_autodiff((void *)in_array, enzyme_dup, z, dz, enzyme_const, 3);
    CHECK_CLOSE(dz[1], 2 * 9, 1e-6);
    CHECK_CLOSE(dz[2], 2 * 9 * 3 + 4 * 3 + 2 * 9 * 3 * 3, 1e-6);
    double e[] = {0, 1, 0};
    CHECK_CLOSE(__enzyme_fwddiff((void *)in_array, enzyme_dup, z, e, enzyme_const, 3), dz[1], 1e-6);
    CHECK_CLOSE(__enzyme_autodiff((void *)g, enzyme_out, 3.0, 2), 36, 1e-6);
    CHECK_CLOSE(__enzyme_fwddiff((void *)g, enzyme_dup, 3.0, 1.0, 2), 36, 1e-6);
    return report();
}
