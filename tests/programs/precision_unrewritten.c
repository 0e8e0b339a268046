/* Requests to rewrite arithmetic: the function is called as it is, which keeps any budget. */
#include "check.h"

extern int poseidon_tau, poseidon_confidence;
double __poseidon_fp_optimize(void *, ...);
float __enzyme_fp_optimize_float(void *, ...);
void poseidon_metric(const char *, double);

static double f(double x, int n) {
  poseidon_metric("x", x);
  return x * x + n;
}

static float g(float x) { return x / 3; }

static double slope(double x) { return __enzyme_autodiff((void *)f, x, 2); }

int main(void) {
  double got = __poseidon_fp_optimize((void *)f, poseidon_tau, 1e-3, poseidon_confidence, 0.9, 1.5, 2);
  check_expect("f", "value", 0, got, 1.5 * 1.5 + 2, 0);
  check_expect("g", "value", 0, __enzyme_fp_optimize_float((void *)g, 2.0f), 2.0f / 3, 0);
  check_expect("slope", "value", 0, slope(1.5), 3, 1e-12);
  return report();
}
