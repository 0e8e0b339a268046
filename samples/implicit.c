/* The derivative of a solver, by hand: the implicit function theorem.
 *
 *     enzcc -O2 implicit.c -o implicit -lm && ./implicit
 *
 * solve() finds x with r(x, p) = 0 by Newton's method. Differentiating its iterations would work, but all
 * of them would be kept and gone through again. By the implicit function theorem one linear
 * system at the solution is enough: with J = dr/dx,
 *
 *     reverse   J' y = (seed of x),  gradient of p -= (dr/dp)' y
 *     forward   J dx = - (dr/dp) dp
 *
 * This is registered as the derivative of solve(), and what it needs of r is left to enzcc.
 */
#include <enzyme.h>
#include <math.h>
#include <string.h>

#include "sample.h"

enum { N = 3, P = 2 };

/* ---- The equations, and their solver ---- */

static void residual(const double *x, const double *p, double *r) {
  r[0] = x[0] + 0.3 * sin(x[1]) - p[0];
  r[1] = x[1] * x[1] * x[1] + x[1] + p[1] * x[2] - 1;
  r[2] = x[2] + exp(-x[0] * p[1]) / 4 - 0.5;
}

/* jacobian[i][j] = dr[i]/dx[j] */
static void jacobian_of(const double *x, const double *p, double jacobian[N][N]) {
  for (int j = 0; j < N; j++) {
    double unit[N] = {0}, r[N], column[N];
    unit[j] = 1;
    __enzyme_fwddiff_void((void *)residual, x, unit, enzyme_const, p, r, column);
    for (int i = 0; i < N; i++) jacobian[i][j] = column[i];
  }
}

/* a x = b for a small matrix, by Cramer's rule; with `transposed`, a' x = b. */
static void linear(double a[N][N], int transposed, const double *b, double *x) {
  double m[N][N], inverse[N][N], determinant = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) m[i][j] = transposed ? a[j][i] : a[i][j];
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      inverse[j][i] = m[(i + 1) % N][(j + 1) % N] * m[(i + 2) % N][(j + 2) % N] -
                      m[(i + 1) % N][(j + 2) % N] * m[(i + 2) % N][(j + 1) % N];
  for (int j = 0; j < N; j++) determinant += m[0][j] * inverse[j][0];
  for (int i = 0; i < N; i++) {
    x[i] = 0;
    for (int j = 0; j < N; j++) x[i] += inverse[i][j] * b[j] / determinant;
  }
}

static int iterations;

/* x with r(x, p) = 0. */
void solve(const double *p, double *x) {
  for (int i = 0; i < N; i++) x[i] = 0.5;
  for (int k = 0; k < 50; k++) {
    double r[N], step[N], jacobian[N][N];
    iterations++;
    residual(x, p, r);
    if (norm(r, N) < 1e-14) break;
    jacobian_of(x, p, jacobian);
    linear(jacobian, 0, r, step);
    for (int i = 0; i < N; i++) x[i] -= step[i];
  }
}

/* ---- Its derivative: pointers are followed by their shadows ---- */

static void solve_augmented(const double *p, double *dp, double *x, double *dx) {
  (void)dp, (void)dx;
  solve(p, x);
}

static void solve_reverse(const double *p, double *dp, double *x, double *dx) {
  double jacobian[N][N], y[N], r[N];
  jacobian_of(x, p, jacobian);
  linear(jacobian, 1, dx, y);
  memset(dx, 0, N * sizeof *dx); /* x was overwritten: what was there influences nothing */
  for (int i = 0; i < N; i++) y[i] = -y[i];
  __enzyme_autodiff_void((void *)residual, enzyme_const, x, p, dp, r, y); /* adds to dp */
}

static void solve_tangent(const double *p, const double *dp, double *x, double *dx) {
  double jacobian[N][N], r[N], dr[N];
  solve(p, x);
  jacobian_of(x, p, jacobian);
  __enzyme_fwddiff_void((void *)residual, enzyme_const, x, p, dp, r, dr);
  for (int i = 0; i < N; i++) dr[i] = -dr[i];
  linear(jacobian, 0, dr, dx);
}

ENZYME_REGISTER_GRADIENT(solve, solve_augmented, solve_reverse);
ENZYME_REGISTER_DERIVATIVE(solve, solve_tangent);

/* ---- An objective that calls the solver: it differentiates as if nothing were special ---- */

double objective(const double *p) {
  double x[N];
  solve(p, x);
  return x[0] * x[1] + x[2] * x[2] * p[0];
}

int main(void) {
  double p[P] = {0.8, 1.3}, g[P] = {0}, expected[P], slopes[P];
  double start = objective(p);
  int plain = iterations;
  iterations = 0;
  __enzyme_autodiff_void((void *)objective, p, g);
  printf("objective %.9f, gradient %.9f %.9f\n", start, g[0], g[1]);
  printf("iterations: %d without, %d with the gradient\n", plain, iterations);
  for (int j = 0; j < P; j++) {
    static const double weights[] = {-1, 9, -45, 0, 45, -9, 1};
    double unit[P] = {0}, z[P];
    unit[j] = 1;
    slopes[j] = __enzyme_fwddiff((void *)objective, p, unit);
    expected[j] = 0;
    for (int k = -3; k <= 3; k++) {
      memcpy(z, p, sizeof z);
      z[j] += k * 1e-3;
      expected[j] += weights[k + 3] / 60e-3 * objective(z);
    }
  }
  int bad = verdict("gradient, to differences", largest_difference(g, expected, P), 1e-9);
  return bad | verdict("slopes, to differences", largest_difference(slopes, expected, P), 1e-9);
}
