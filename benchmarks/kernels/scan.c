/* The likelihood of a GARCH(1, 1) model: a variance that each return carries on to the next; by
 * three parameters and all returns. */
#include "harness.h"

static int count;

static REAL likelihood(int n, const REAL *RESTRICT p, const REAL *RESTRICT x) {
  REAL variance = p[0] / (1 - p[1] - p[2]), sum = 0;
  for (int t = 0; t < n; t++) {
    REAL square = x[t] * x[t];
    sum += log(variance) + square / variance;
    variance = p[0] + p[1] * square + p[2] * variance;
  }
  return sum / 2;
}

void setup(int argc, char **argv) {
  count = (int)size_argument(argc, argv);
  problem.inputs = (size_t)count + 3;
  problem.x = uniforms(problem.inputs, -1, 1);
  double p[3] = {0.05, 0.1, 0.85};
  memcpy(problem.x, p, sizeof p);
}

void evaluate(const REAL *x, REAL *y) { y[0] = likelihood(count, x, x + 3); }

#ifndef PEER
double primal(void) { return likelihood(count, problem.x, problem.x + 3); }

/* Keeps the variances. */
void by_hand(double *result) {
  const double *p = problem.x, *x = problem.x + 3;
  double *variances = malloc(count * sizeof *variances), *dx = result + 3;
  double left = 1 - p[1] - p[2], first = p[0] / left, variance = first;
  for (int t = 0; t < count; t++) {
    variances[t] = variance;
    variance = p[0] + p[1] * (x[t] * x[t]) + p[2] * variance;
  }
  double b = 0, d0 = 0, d1 = 0, d2 = 0;
  for (int t = count - 1; t >= 0; t--) {
    double h = variances[t], inverse = 1 / h, square = x[t] * x[t];
    d0 += b;
    d1 += b * square;
    d2 += b * h;
    dx[t] = x[t] * (inverse + 2 * b * p[1]);
    b = b * p[2] + 0.5 * inverse * (1 - square * inverse);
  }
  result[0] = d0 + b / left;
  result[1] = d1 + b * first / left;
  result[2] = d2 + b * first / left;
  free(variances);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)likelihood, enzyme_const, count, enzyme_dup, problem.x, result,
                    enzyme_dup, problem.x + 3, result + 3);
}
#endif
