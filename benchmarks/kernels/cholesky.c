/* The logarithm of the determinant of a symmetric positive definite matrix by its Cholesky factor;
 * only the lower triangle is read. */
#include "harness.h"

static int order;
static REAL *factor;

static REAL log_determinant(int n, const REAL *RESTRICT a, REAL *RESTRICT l) {
  REAL result = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) {
      REAL sum = a[i * n + j];
      for (int k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i == j) {
        l[i * n + i] = sqrt(sum);
        result += 2 * log(l[i * n + i]);
      } else {
        l[i * n + j] = sum / l[j * n + j];
      }
    }
  return result;
}

void setup(int argc, char **argv) {
  int n = order = (int)size_argument(argc, argv);
  problem.inputs = (size_t)n * n;
  problem.x = uniforms(problem.inputs, -1, 1);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++) problem.x[j * n + i] = problem.x[i * n + j];
    problem.x[i * n + i] = 2 + n;
  }
  factor = new_reals(problem.inputs);
}

void evaluate(const REAL *x, REAL *y) { y[0] = log_determinant(order, x, factor); }

#ifndef PEER
double primal(void) { return log_determinant(order, problem.x, factor); }

/* Needs no more than the factor; its adjoint lies in `da`, which it turns into that of `a`. */
static void log_determinant_adjoint(int n, const double *RESTRICT l, double *RESTRICT da) {
  for (int i = n - 1; i >= 0; i--) {
    const double *li = &l[i * n];
    double *di = &da[i * n];
    double sum = (di[i] + 2 / li[i]) / (2 * li[i]);
    di[i] = sum;
    for (int k = 0; k < i; k++) di[k] -= 2 * sum * li[k];
    for (int j = i - 1; j >= 0; j--) {
      const double *lj = &l[j * n];
      double *dj = &da[j * n];
      double share = di[j] / lj[j];
      dj[j] -= share * li[j];
      di[j] = share;
      for (int k = 0; k < j; k++) {
        di[k] -= share * lj[k];
        dj[k] -= share * li[k];
      }
    }
  }
}

void by_hand(double *result) {
  log_determinant(order, problem.x, factor);
  memset(result, 0, problem.inputs * sizeof *result);
  log_determinant_adjoint(order, factor, result);
}
#endif

#ifndef WITHOUT_ENZYME
static double *dfactor;

void gradient(double *result) {
  if (!dfactor) dfactor = doubles(problem.inputs);
  memset(dfactor, 0, problem.inputs * sizeof *dfactor);
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)log_determinant, enzyme_const, order, enzyme_dup, problem.x, result,
                    enzyme_dupnoneed, factor, dfactor);
}
#endif
