/* The logarithm of a sum of exponentials, guarded against overflow. */
#include "harness.h"

static int count;

static REAL log_sum_exp(int n, const REAL *RESTRICT x) {
  REAL largest = x[0], sum = 0;
  for (int i = 1; i < n; i++)
    if (x[i] > largest) largest = x[i];
  for (int i = 0; i < n; i++) sum += exp(x[i] - largest);
  return largest + log(sum);
}

void setup(int argc, char **argv) {
  count = (int)size_argument(argc, argv);
  problem.inputs = count;
  problem.x = uniforms(count, -5, 5);
}

void evaluate(const REAL *x, REAL *y) { y[0] = log_sum_exp(count, x); }

#ifndef PEER
double primal(void) { return log_sum_exp(count, problem.x); }

/* The result's memory holds the exponentials until their sum is known. That the largest number
 * takes part twice cancels. */
void by_hand(double *result) {
  const double *x = problem.x;
  double largest = x[0], sum = 0;
  for (int i = 1; i < count; i++)
    if (x[i] > largest) largest = x[i];
  for (int i = 0; i < count; i++) sum += result[i] = exp(x[i] - largest);
  double share = 1 / sum;
  for (int i = 0; i < count; i++) result[i] *= share;
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)log_sum_exp, enzyme_const, count, enzyme_dup, problem.x, result);
}
#endif
