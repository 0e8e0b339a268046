/* -log(1 - x) by its Taylor series, a power at a time. */
#include "harness.h"

static int terms;

static REAL taylor_log(int n, REAL x) {
  REAL sum = 0;
  for (int i = 1; i <= n; i++) sum += pow(x, i) / i;
  return sum;
}

void setup(int argc, char **argv) {
  static double point = 1 - 1e-6;
  terms = (int)size_argument(argc, argv);
  problem.inputs = 1;
  problem.x = &point;
}

void evaluate(const REAL *x, REAL *y) { y[0] = taylor_log(terms, x[0]); }

#ifndef PEER
double primal(void) { return taylor_log(terms, problem.x[0]); }

void by_hand(double *result) {
  double sum = 0;
  for (int i = 1; i <= terms; i++) sum += pow(problem.x[0], i - 1);
  result[0] = sum;
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  result[0] = __enzyme_autodiff((void *)taylor_log, enzyme_const, terms, enzyme_out, problem.x[0]);
}
#endif
