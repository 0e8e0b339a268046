/* Bounds of the rounding error: one product, sums, calls, memory, loops, functions that stay calls. */
// levels: precise
#include "check.h"

double __enzyme_error_estimate(void *, ...);
float __enzyme_error_estimate_float(void *, float, float, float, float);
void __enzyme_error_estimate_void(void *, ...);

static double ulp(double x) { return fabs(nextafter(x, INFINITY) - x); }

/* err(f) = max(ulp(f), sum |x / f * df/dx * err(x)|) */
static double bound(double f, double terms) { return fmax(ulp(f), terms); }
static double product(double x, double ex, double y, double ey, double *f) {
  *f = x * y;
  return bound(*f, fabs(x / *f * y * ex) + fabs(y / *f * x * ey));
}
static double difference(double x, double ex, double y, double ey, double *f) {
  *f = x - y;
  return bound(*f, fabs(x / *f * ex) + fabs(y / *f * ey));
}

static int logged;
static double last_logged;
void enzymeLogError(double result, double error, const char *op, const char *callee,
                    const char *module, const char *function, const char *block) {
  logged++;
  last_logged = error;
  (void)result;
  if (!strchr(op, '(') || !strchr(function, '(') || !strchr(block, '(') || !module[0]) failures++;
  if (!strncmp(op, "call", 4) == !strcmp(callee, "<N/A>")) failures++;
}

static double cancel(double x, double y) {
  double p = x * y;
  return p - y;
}

NOINLINE static void write(double *to, double v) { *to = sin(v); }
static double in_memory(double x) {
  double cell[2];
  write(&cell[1], x);
  return cell[1];
}

static double loop(const double *x, int n) {
  double sum = 1;
  for (int i = 0; i < n; i++) sum = sum * x[i];
  return sum;
}

static double constant(double x, double y) { return x * y; }
static float narrow(float x, float y) { return x * y; }

int main(void) {
  double x = 1.25, y = 3.1, ex = 1e-9, ey = 3e-10, p, f;
  double ep = product(x, ex, y, ey, &p);
  double want = difference(p, ep, y, ey, &f);
  double got = __enzyme_error_estimate((void *)cancel, x, ex, y, ey);
  check_expect("cancel", "bound", 0, got, want, 1e-6 * want);
  check_expect("cancel", "logged", 0, logged, 2, 0);
  check_expect("cancel", "last", 0, last_logged, got, 0);
  got = __enzyme_error_estimate((void *)cancel, x, 0.0, y, 0.0);
  ep = product(x, 0, y, 0, &p);
  check_expect("no error before", "bound", 0, got, difference(p, ep, y, 0, &f), 1e-20);

  got = __enzyme_error_estimate((void *)in_memory, x, ex);
  want = bound(sin(x), fabs(x / sin(x) * cos(x) * ex));
  check_expect("in memory", "bound", 0, got, want, 1e-6 * want);

  double v[4] = {1.5, 0.3, 7, 2.2}, ev[4] = {1e-10, 2e-10, 0, 4e-10};
  double sum = 1, error = 0;
  for (int i = 0; i < 4; i++) error = product(sum, error, v[i], ev[i], &sum);
  got = __enzyme_error_estimate((void *)loop, v, ev, 4);
  check_expect("loop", "bound", 0, got, error, 1e-6 * error);

  got = __enzyme_error_estimate((void *)constant, enzyme_const, x, y, ey);
  want = bound(x * y, fabs(y / (x * y) * x * ey));
  check_expect("constant", "bound", 0, got, want, 1e-6 * want);
  got = __enzyme_error_estimate((void *)constant, 0.0, 1e-3, y, ey);
  check_expect("zero", "bound", 0, got, 0, 1e-300);
  float low = __enzyme_error_estimate_float((void *)narrow, 1.5f, 0, 1.25f, 0);
  check_expect("float", "bound", 0, low, ldexp(1, -23), 0);
  return report();
}
