/* Two species, one eating the other, by Euler's method with a constant step: how many there are at
 * the end, by the start and the four rates. */
#include "harness.h"

static int steps;
static const double STEP = 1e-4;

static REAL euler(int n, double h, const REAL *RESTRICT start, const REAL *RESTRICT rate) {
  REAL prey = start[0], hunters = start[1];
  for (int t = 0; t < n; t++) {
    REAL growth = rate[0] * prey - rate[1] * prey * hunters;
    REAL gain = rate[2] * prey * hunters - rate[3] * hunters;
    prey += h * growth;
    hunters += h * gain;
  }
  return prey + hunters;
}

void setup(int argc, char **argv) {
  static double point[6] = {2, 1, 1.1, 0.4, 0.1, 0.4};
  steps = (int)size_argument(argc, argv);
  problem.inputs = 6;
  problem.x = point;
}

void evaluate(const REAL *x, REAL *y) { y[0] = euler(steps, STEP, x, x + 2); }

#ifndef PEER
double primal(void) { return euler(steps, STEP, problem.x, problem.x + 2); }

/* Keeps the states. */
void by_hand(double *result) {
  const double *r = problem.x + 2, h = STEP;
  double *states = (double *)malloc((size_t)steps * 2 * sizeof *states);
  double x = problem.x[0], y = problem.x[1], bx = 1, by = 1, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
  for (int t = 0; t < steps; t++) {
    states[2 * t] = x;
    states[2 * t + 1] = y;
    double growth = r[0] * x - r[1] * x * y, gain = r[2] * x * y - r[3] * y;
    x += h * growth;
    y += h * gain;
  }
  for (int t = steps - 1; t >= 0; t--) {
    x = states[2 * t];
    y = states[2 * t + 1];
    double bg = h * bx, bn = h * by, both = x * y, bboth = r[2] * bn - r[1] * bg;
    b0 += bg * x;
    b1 -= bg * both;
    b2 += bn * both;
    b3 -= bn * y;
    bx += r[0] * bg + bboth * y;
    by += bboth * x - r[3] * bn;
  }
  double all[6] = {bx, by, b0, b1, b2, b3};
  memcpy(result, all, sizeof all);
  free(states);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, 6 * sizeof *result);
  __enzyme_autodiff((void *)euler, enzyme_const, steps, enzyme_const, STEP, enzyme_dup, problem.x,
                    result, enzyme_dup, problem.x + 2, result + 2);
}
#endif
