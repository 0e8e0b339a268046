/* A constant result that is active for other reasons, too, has no seed. */
#include "check.h"

extern int enzyme_const_return;

static double add(double *sum, double x) {
  double y = x * x;
  *sum += 3 * y;
  return y;
}

struct pair { double a, b; };
static struct pair both(double *sum, double x) {
  struct pair p = {x * x, x};
  *sum += p.a * p.b;
  return p;
}

NOINLINE static double recursive(double *sum, double x, int n) {
  *sum += x;
  return n ? recursive(sum, x * x, n - 1) : x;
}

int main(void) {
  double sum = 0, dsum = 1;
  double got = __enzyme_autodiff((void *)add, enzyme_const_return, &sum, &dsum, 2.0);
  check_expect("add", "gradient", 0, got, 12, 1e-12);
  dsum = 1;
  got = __enzyme_autodiff((void *)both, enzyme_const_return, &sum, &dsum, 2.0);
  check_expect("both", "gradient", 0, got, 12, 1e-12);
  dsum = 1;
  got = __enzyme_autodiff((void *)recursive, enzyme_const_return, &sum, &dsum, 2.0, 2);
  check_expect("recursive", "gradient", 0, got, 1 + 4 + 32, 1e-12);
  return report();
}
