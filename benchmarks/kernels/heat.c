/* Heat that spreads on an n x n plate over many steps, in two buffers that change places; how far
 * the end is from a target, by the temperatures at the start. The border stays as it is. */
#include "harness.h"

enum { STEPS = 50 };
static const double RATE = 0.2;

static int width;
static double *target;
static REAL *buffers[2];

static void spread(int n, const REAL *RESTRICT from, REAL *RESTRICT to) {
  for (int i = 1; i < n - 1; i++)
    for (int j = 1; j < n - 1; j++) {
      const REAL *here = &from[i * n + j];
      to[i * n + j] = *here + RATE * (here[-n] + here[-1] - 4 * *here + here[1] + here[n]);
    }
}

static REAL heat(int n, int steps, const REAL *RESTRICT start, REAL *RESTRICT first,
                 REAL *RESTRICT second, const double *RESTRICT goal) {
  REAL *from = first, *to = second;
  for (int i = 0; i < n * n; i++) from[i] = to[i] = start[i];
  for (int t = 0; t < steps; t++) {
    spread(n, from, to);
    REAL *other = from;
    from = to;
    to = other;
  }
  REAL sum = 0;
  for (int i = 0; i < n * n; i++) sum += (from[i] - goal[i]) * (from[i] - goal[i]);
  return sum;
}

void setup(int argc, char **argv) {
  width = (int)size_argument(argc, argv);
  problem.inputs = (size_t)width * width;
  problem.x = uniforms(problem.inputs, 0, 1);
  target = uniforms(problem.inputs, 0, 1);
  for (int i = 0; i < 2; i++) buffers[i] = new_reals(problem.inputs);
}

void evaluate(const REAL *x, REAL *y) {
  y[0] = heat(width, STEPS, x, buffers[0], buffers[1], target);
}

#ifndef PEER
double primal(void) { return heat(width, STEPS, problem.x, buffers[0], buffers[1], target); }

/* The transpose of one step: a step again, for adjoints whose border is held at zero, while what
 * flows into the border is summed in `border`. */
static void spread_adjoint(int n, const double *RESTRICT from, double *RESTRICT to,
                           double *RESTRICT border) {
  spread(n, from, to);
  for (int k = 1; k < n - 1; k++) {
    border[k] += RATE * from[n + k];
    border[(n - 1) * n + k] += RATE * from[(n - 2) * n + k];
    border[k * n] += RATE * from[k * n + 1];
    border[k * n + n - 1] += RATE * from[k * n + n - 2];
  }
}

void by_hand(double *result) {
  int n = width;
  double *from = buffers[0], *to = buffers[1];
  memcpy(from, problem.x, problem.inputs * sizeof *from);
  memcpy(to, problem.x, problem.inputs * sizeof *to);
  for (int t = 0; t < STEPS; t++) {
    spread(n, from, to);
    double *other = from;
    from = to;
    to = other;
  }
  for (int i = 0; i < n * n; i++) result[i] = from[i] = 2 * (from[i] - target[i]);
  for (int k = 0; k < n; k++) {
    from[k] = from[(n - 1) * n + k] = from[k * n] = from[k * n + n - 1] = 0;
    to[k] = to[(n - 1) * n + k] = to[k * n] = to[k * n + n - 1] = 0;
  }
  for (int t = 0; t < STEPS; t++) {
    spread_adjoint(n, from, to, result);
    double *other = from;
    from = to;
    to = other;
  }
  for (int i = 1; i < n - 1; i++) memcpy(&result[i * n + 1], &from[i * n + 1], (n - 2) * sizeof *to);
}
#endif

#ifndef WITHOUT_ENZYME
static double *shadows[2];

void gradient(double *result) {
  for (int i = 0; i < 2; i++) {
    if (!shadows[i]) shadows[i] = doubles(problem.inputs);
    memset(shadows[i], 0, problem.inputs * sizeof(double));
  }
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)heat, enzyme_const, width, enzyme_const, (int)STEPS, enzyme_dup,
                    problem.x, result, enzyme_dupnoneed, buffers[0], shadows[0], enzyme_dupnoneed,
                    buffers[1], shadows[1], enzyme_const, target);
}
#endif
