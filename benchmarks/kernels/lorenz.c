/* The Lorenz system by the classical Runge-Kutta method: the last state by the first one and by
 * the three parameters. */
#include "harness.h"

static int steps;
static const double STEP = 1e-5; /* so that derivatives stay moderate over many steps */

static inline void slope(const REAL *p, const REAL *u, REAL *du) {
  du[0] = p[0] * (u[1] - u[0]);
  du[1] = u[0] * (p[1] - u[2]) - u[1];
  du[2] = u[0] * u[1] - p[2] * u[2];
}

static REAL lorenz(int n, double h, const REAL *RESTRICT start, const REAL *RESTRICT p) {
  REAL u[3] = {start[0], start[1], start[2]}, k1[3], k2[3], k3[3], k4[3], v[3];
  for (int t = 0; t < n; t++) {
    slope(p, u, k1);
    for (int i = 0; i < 3; i++) v[i] = u[i] + h / 2 * k1[i];
    slope(p, v, k2);
    for (int i = 0; i < 3; i++) v[i] = u[i] + h / 2 * k2[i];
    slope(p, v, k3);
    for (int i = 0; i < 3; i++) v[i] = u[i] + h * k3[i];
    slope(p, v, k4);
    for (int i = 0; i < 3; i++) u[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }
  return u[0] + 2 * u[1] + 3 * u[2];
}

void setup(int argc, char **argv) {
  static double point[6] = {1, 2, 20, 10, 28, 8.0 / 3};
  steps = (int)size_argument(argc, argv);
  problem.inputs = 6;
  problem.x = point;
}

void evaluate(const REAL *x, REAL *y) { y[0] = lorenz(steps, STEP, x, x + 3); }

#ifndef PEER
double primal(void) { return lorenz(steps, STEP, problem.x, problem.x + 3); }

static inline void slope_adjoint(const double *p, const double *u, const double *bk, double *bu,
                                 double *bp) {
  bp[0] += bk[0] * (u[1] - u[0]);
  bp[1] += bk[1] * u[0];
  bp[2] -= bk[2] * u[2];
  bu[0] = -p[0] * bk[0] + (p[1] - u[2]) * bk[1] + u[1] * bk[2];
  bu[1] = p[0] * bk[0] - bk[1] + u[0] * bk[2];
  bu[2] = -u[0] * bk[1] - p[2] * bk[2];
}

/* Keeps the states; the stages between them are computed again. */
void by_hand(double *result) {
  const double *p = problem.x + 3, h = STEP;
  double *states = (double *)malloc((size_t)steps * 3 * sizeof *states);
  double u[3], k[3], v2[3], v3[3], v4[3], bu[3] = {1, 2, 3}, bp[3] = {0}, b1[3], b2[3], b3[3];
  memcpy(u, problem.x, sizeof u);
  for (int t = 0; t < steps; t++) {
    double sum[3];
    memcpy(&states[3 * t], u, sizeof u);
    slope(p, u, sum);
    for (int i = 0; i < 3; i++) v2[i] = u[i] + h / 2 * sum[i];
    slope(p, v2, k);
    for (int i = 0; i < 3; i++) v3[i] = u[i] + h / 2 * k[i], sum[i] += 2 * k[i];
    slope(p, v3, k);
    for (int i = 0; i < 3; i++) v4[i] = u[i] + h * k[i], sum[i] += 2 * k[i];
    slope(p, v4, k);
    for (int i = 0; i < 3; i++) u[i] += h / 6 * (sum[i] + k[i]);
  }
  for (int t = steps - 1; t >= 0; t--) {
    memcpy(u, &states[3 * t], sizeof u);
    slope(p, u, k);
    for (int i = 0; i < 3; i++) v2[i] = u[i] + h / 2 * k[i];
    slope(p, v2, k);
    for (int i = 0; i < 3; i++) v3[i] = u[i] + h / 2 * k[i];
    slope(p, v3, k);
    for (int i = 0; i < 3; i++) v4[i] = u[i] + h * k[i];
    for (int i = 0; i < 3; i++) b1[i] = h / 6 * bu[i];
    slope_adjoint(p, v4, b1, b3, bp);
    for (int i = 0; i < 3; i++) b2[i] = h / 3 * bu[i] + h * b3[i], bu[i] += b3[i];
    double rate[3];
    for (int i = 0; i < 3; i++) rate[i] = 2 * b1[i];
    slope_adjoint(p, v3, b2, b3, bp);
    for (int i = 0; i < 3; i++) b2[i] = rate[i] + h / 2 * b3[i], bu[i] += b3[i];
    slope_adjoint(p, v2, b2, b3, bp);
    for (int i = 0; i < 3; i++) b2[i] = b1[i] + h / 2 * b3[i], bu[i] += b3[i];
    slope_adjoint(p, u, b2, b3, bp);
    for (int i = 0; i < 3; i++) bu[i] += b3[i];
  }
  memcpy(result, bu, sizeof bu);
  memcpy(result + 3, bp, sizeof bp);
  free(states);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, 6 * sizeof *result);
  __enzyme_autodiff((void *)lorenz, enzyme_const, steps, enzyme_const, STEP, enzyme_dup, problem.x,
                    result, enzyme_dup, problem.x + 3, result + 3);
}
#endif
