/* Derivatives by hand within second derivatives: struct and pointer tapes in loops, in recursion, behind pointers. */
#include <enzyme.h>
#include "order.h"

struct tape2 { double a, b; long k; };
struct aug2 { struct tape2 t; double v; };
NOINLINE static double mul(double x, double y, long k) { return x * y * k; }
static struct aug2 mul_aug(double x, double y, long k, long dk) { return (struct aug2){{x, y, k}, x * y * k}; }
struct two_ { double a, b; };
static struct two_ mul_rev(double x, double y, long k, long dk, double seed, struct tape2 t) { return (struct two_){t.b * t.k * seed, t.a * t.k * seed}; }
static struct two_ mul_fwd(double x, double dx, double y, double dy, long k, long dk) { return (struct two_){x * y * k, (dx * y + x * dy) * k}; }
ENZYME_REGISTER_GRADIENT(mul, mul_aug, mul_rev);
ENZYME_REGISTER_DERIVATIVE(mul, mul_fwd);

static double dot(const double *x, const double *y, int n) { double s = 0; for (int i = 0; i < n; i++) s += x[i] * y[i]; return s; }
struct aug1 { void *tape; double v; };
static struct aug1 dot_aug(const double *x, double *dx, const double *y, double *dy, int n, int dn) {
  double *t = malloc(2 * n * sizeof *t), s = 0;
  for (int i = 0; i < n; i++) { t[i] = x[i]; t[n + i] = y[i]; s += x[i] * y[i]; }
  return (struct aug1){t, s};
}
static void dot_rev(const double *x, double *dx, const double *y, double *dy, int n, int dn, double seed, void *tape) {
  double *t = tape;
  for (int i = 0; i < n; i++) { if (dx != x) dx[i] += t[n + i] * seed; if (dy != y) dy[i] += t[i] * seed; }
  free(t);
}
ENZYME_REGISTER_GRADIENT(dot, dot_aug, dot_rev);
static const double coefficients[4] = {1, -2, 3, 0.5};
static double loops(const double *x, int n) {
  double s = 1;
  for (int i = 0; i < n; i++) s = sin(mul(s, x[i], i + 1)) + mul(x[i], x[(i + 1) % n], 2);
  return s;
}
static double links(const double *x, int n) {
  double s = 1; int i = 0;
  while (i < n && s < 1e9) { s = mul(s, x[i], 3) + x[i]; if (s < -5) s = mul(s, s, 1); i++; }
  return s;
}
static double arrays(const double *x, int n) {
  double y[8], s = 0;
  for (int i = 0; i < n; i++) y[i] = x[i] * x[(i + 1) % n];
  for (int k = 0; k < 3; k++) { s += dot(y, x, n) * s + dot(x, coefficients, n); for (int i = 0; i < n; i++) y[i] = sin(y[i] * s); }
  return s;
}
NOINLINE static double rec(const double *x, int n) { return n ? mul(rec(x + 1, n - 1), x[0], 2) + dot(x, x, n) : 1; }
static double recursion(const double *x, int n) { return rec(x, n); }
static double (*const table[])(double, double, long) = {mul, mul};
static double pointers(const double *x, int n) { double s = 0; for (int i = 0; i < n; i++) s += table[1](x[i], x[i], i) * s + x[i]; return s; }
SECOND_TEST(loops)
SECOND_TEST(links)
SECOND_TEST(arrays)
SECOND_TEST(recursion)
SECOND_TEST(pointers)
int main(void) {
    double x[4] = {0.3, 0.7, -0.4, 0.9};
    SECOND_CHECK(loops, x, 4);
    SECOND_CHECK(links, x, 4);
    SECOND_CHECK(arrays, x, 4);
    SECOND_CHECK(recursion, x, 4);
    SECOND_CHECK(pointers, x, 4);
    return report();
}
