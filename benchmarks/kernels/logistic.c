/* Logistic regression: the loss over rows of 20 features, by the weights. */
#include "harness.h"

enum { FEATURES = 20 };

static int rows;
static double *table, *answers;

static REAL loss(int n, const REAL *RESTRICT weight, const double *RESTRICT features,
                 const double *RESTRICT answer) {
  REAL sum = 0;
  for (int i = 0; i < n; i++) {
    REAL score = weight[FEATURES];
    for (int j = 0; j < FEATURES; j++) score += weight[j] * features[i * FEATURES + j];
    sum += log1p(exp(-answer[i] * score));
  }
  return sum / n;
}

void setup(int argc, char **argv) {
  rows = (int)size_argument(argc, argv);
  problem.inputs = FEATURES + 1;
  problem.x = uniforms(problem.inputs, -1, 1);
  table = uniforms((size_t)rows * FEATURES, -1, 1);
  answers = uniforms(rows, -1, 1);
  for (int i = 0; i < rows; i++) answers[i] = answers[i] > 0 ? 1 : -1;
}

void evaluate(const REAL *x, REAL *y) { y[0] = loss(rows, x, table, answers); }

#ifndef PEER
double primal(void) { return loss(rows, problem.x, table, answers); }

static void loss_adjoint(int n, const double *RESTRICT weight, const double *RESTRICT features,
                         const double *RESTRICT answer, double *RESTRICT dweight) {
  double sums[FEATURES + 1] = {0};
  for (int i = 0; i < n; i++) {
    double score = weight[FEATURES];
    for (int j = 0; j < FEATURES; j++) score += weight[j] * features[i * FEATURES + j];
    double odds = exp(-answer[i] * score), dscore = -answer[i] * odds / (1 + odds);
    for (int j = 0; j < FEATURES; j++) sums[j] += dscore * features[i * FEATURES + j];
    sums[FEATURES] += dscore;
  }
  for (int j = 0; j <= FEATURES; j++) dweight[j] = sums[j] / n;
}

void by_hand(double *result) { loss_adjoint(rows, problem.x, table, answers, result); }
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)loss, enzyme_const, rows, enzyme_dup, problem.x, result, enzyme_const,
                    table, enzyme_const, answers);
}
#endif
