/* One evaluation of the Brusselator's right-hand side on a grid of n x n cells: a reaction of two
 * substances that diffuse. Reversed from seeds of both time derivatives, to both concentrations
 * and the three parameters. */
#include "harness.h"

static int cells;

static inline double source(double x, double y, double t) {
  int inside = (x - 0.3) * (x - 0.3) + (y - 0.6) * (y - 0.6) <= 0.1 * 0.1;
  return inside && t >= 1.1 ? 5 : 0;
}

static void brusselator(int n, REAL *RESTRICT du, REAL *RESTRICT dv, const REAL *RESTRICT u,
                        const REAL *RESTRICT v, const REAL *RESTRICT p, double t) {
  double step = 1.0 / (n - 1);
  REAL a = p[0], b = p[1], alpha = p[2] / (step * step);
  for (int i = 0; i < n; i++) {
    int above = i == 0 ? i : i - 1, below = i == n - 1 ? i : i + 1;
    for (int j = 0; j < n; j++) {
      int left = j == 0 ? j : j - 1, right = j == n - 1 ? j : j + 1;
      REAL here = u[i * n + j], there = v[i * n + j], reaction = here * here * there;
      du[i * n + j] = alpha * (u[above * n + j] + u[below * n + j] + u[i * n + right] +
                               u[i * n + left] - 4 * here) +
                      b + reaction - (a + 1) * here + source(i * step, j * step, t);
      dv[i * n + j] = alpha * (v[above * n + j] + v[below * n + j] + v[i * n + right] +
                               v[i * n + left] - 4 * there) +
                      a * here - reaction;
    }
  }
}

static double *change, *dchange; /* of u, then of v */

void setup(int argc, char **argv) {
  cells = (int)size_argument(argc, argv);
  size_t count = (size_t)cells * cells;
  problem.inputs = 2 * count + 3;
  problem.outputs = 2 * count;
  problem.x = uniforms(problem.inputs, 0.5, 1.5);
  problem.weights = uniforms(problem.outputs, -1, 1);
  double p[3] = {3.4, 1, 10.0 / count};
  memcpy(problem.x + 2 * count, p, sizeof p);
  change = doubles(problem.outputs);
  dchange = doubles(problem.outputs);
}

void evaluate(const REAL *x, REAL *y) {
  size_t count = (size_t)cells * cells;
  brusselator(cells, y, y + count, x, x + count, x + 2 * count, 1.2);
}

#ifndef PEER
double primal(void) {
  evaluate(problem.x, change);
  return change[0];
}

static void brusselator_adjoint(int n, const double *RESTRICT bu, const double *RESTRICT bv,
                                const double *RESTRICT u, const double *RESTRICT v,
                                const double *RESTRICT p, double *RESTRICT du,
                                double *RESTRICT dv, double *RESTRICT dp) {
  double square = (double)(n - 1) * (n - 1), a = p[0], alpha = p[2] * square;
  double da = 0, db = 0, dalpha = 0;
  for (int i = 0; i < n; i++) {
    int above = i == 0 ? i : i - 1, below = i == n - 1 ? i : i + 1;
    for (int j = 0; j < n; j++) {
      int left = j == 0 ? j : j - 1, right = j == n - 1 ? j : j + 1;
      double here = u[i * n + j], there = v[i * n + j];
      double bhere = bu[i * n + j], bthere = bv[i * n + j], breaction = bhere - bthere;
      /* diffusion with these borders is its own transpose */
      double spread_u = bu[above * n + j] + bu[below * n + j] + bu[i * n + right] +
                        bu[i * n + left] - 4 * bhere;
      double spread_v = bv[above * n + j] + bv[below * n + j] + bv[i * n + right] +
                        bv[i * n + left] - 4 * bthere;
      dalpha += here * spread_u + there * spread_v;
      da -= here * breaction;
      db += bhere;
      du[i * n + j] += alpha * spread_u + 2 * here * there * breaction - (a + 1) * bhere +
                       a * bthere;
      dv[i * n + j] += alpha * spread_v + here * here * breaction;
    }
  }
  dp[0] += da;
  dp[1] += db;
  dp[2] += dalpha * square;
}

void by_hand(double *result) {
  size_t count = (size_t)cells * cells;
  const double *x = problem.x, *w = problem.weights;
  memset(result, 0, problem.inputs * sizeof *result);
  brusselator_adjoint(cells, w, w + count, x, x + count, x + 2 * count, result, result + count,
                      result + 2 * count);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  size_t count = (size_t)cells * cells;
  double *x = problem.x;
  memset(result, 0, problem.inputs * sizeof *result);
  memcpy(dchange, problem.weights, problem.outputs * sizeof *dchange);
  __enzyme_autodiff_void((void *)brusselator, enzyme_const, cells, enzyme_dupnoneed, change,
                         dchange, enzyme_dupnoneed, change + count, dchange + count, enzyme_dup, x,
                         result, enzyme_dup, x + count, result + count, enzyme_dup, x + 2 * count,
                         result + 2 * count, enzyme_const, 1.2);
}
#endif
