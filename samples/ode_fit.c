/* Fitting the parameters of a differential equation to measurements.
 *
 *     enzcc -O3 ode_fit.c -o ode_fit -lm && ./ode_fit
 *
 * Prey x and predators y live by the equations of Lotka and Volterra,
 *
 *     x' = a x - b x y,     y' = d x y - c y,
 *
 * solved with the classical Runge-Kutta method. From 40 measurements of both we want a, b, c, d.
 * The measurements come from known parameters, so the fit must find these again.
 *
 * The fit is the Levenberg-Marquardt method. Its Jacobian comes from forward mode, one run a
 * parameter, straight through the solver. The gradient of the sum of squares, from one run of
 * reverse mode, must agree with it.
 */
#include <enzyme.h>
#include <string.h>

#include "sample.h"

enum { PARAMETERS = 4, SAMPLES = 40, RESIDUALS = 2 * SAMPLES, STEPS = 25 };

static const double start[2] = {10, 5}, interval = 0.25;

/* ---- The model: plain C, which knows nothing of derivatives ---- */

static void growth(const double *p, const double *state, double *rate) {
  double meetings = state[0] * state[1];
  rate[0] = p[0] * state[0] - p[1] * meetings;
  rate[1] = p[3] * meetings - p[2] * state[1];
}

static void runge_kutta_step(const double *p, double h, double *state) {
  double k1[2], k2[2], k3[2], k4[2], mid[2];
  growth(p, state, k1);
  for (int i = 0; i < 2; i++) mid[i] = state[i] + h / 2 * k1[i];
  growth(p, mid, k2);
  for (int i = 0; i < 2; i++) mid[i] = state[i] + h / 2 * k2[i];
  growth(p, mid, k3);
  for (int i = 0; i < 2; i++) mid[i] = state[i] + h * k3[i];
  growth(p, mid, k4);
  for (int i = 0; i < 2; i++) state[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
}

/* What the model gives for each measurement, less the measurement. */
void residuals(const double *p, const double *measured, double *result) {
  double state[2] = {start[0], start[1]};
  for (int sample = 0; sample < SAMPLES; sample++) {
    for (int step = 0; step < STEPS; step++) runge_kutta_step(p, interval / STEPS, state);
    result[2 * sample] = state[0] - measured[2 * sample];
    result[2 * sample + 1] = state[1] - measured[2 * sample + 1];
  }
}

double half_sum_of_squares(const double *p, const double *measured) {
  double r[RESIDUALS], sum = 0;
  residuals(p, measured, r);
  for (int i = 0; i < RESIDUALS; i++) sum += r[i] * r[i];
  return sum / 2;
}

/* ---- Derivatives ---- */

static void jacobian(const double *p, const double *measured, double columns[][RESIDUALS]) {
  double r[RESIDUALS];
  for (int j = 0; j < PARAMETERS; j++) {
    double direction[PARAMETERS] = {0};
    direction[j] = 1;
    __enzyme_fwddiff_void((void *)residuals, enzyme_dup, p, direction, enzyme_const, measured,
                          enzyme_dup, r, columns[j]);
  }
}

static void gradient(const double *p, const double *measured, double *result) {
  memset(result, 0, PARAMETERS * sizeof *result);
  __enzyme_autodiff_void((void *)half_sum_of_squares, enzyme_dup, p, result, enzyme_const,
                         measured);
}

/* ---- The fit ---- */

/* Solves a x = b by elimination; overwrites a, and b with x. */
static void solve(double a[PARAMETERS][PARAMETERS], double *b) {
  for (int k = 0; k < PARAMETERS; k++)
    for (int i = k + 1; i < PARAMETERS; i++) {
      double factor = a[i][k] / a[k][k];
      for (int j = k; j < PARAMETERS; j++) a[i][j] -= factor * a[k][j];
      b[i] -= factor * b[k];
    }
  for (int k = PARAMETERS - 1; k >= 0; k--) {
    for (int j = k + 1; j < PARAMETERS; j++) b[k] -= a[k][j] * b[j];
    b[k] /= a[k][k];
  }
}

/* The step of the Levenberg-Marquardt method; returns how far both gradients are apart. */
static double propose(const double *p, const double *measured, double damping, double *moved) {
  static double columns[PARAMETERS][RESIDUALS];
  double r[RESIDUALS], normal[PARAMETERS][PARAMETERS], forward[PARAMETERS], step[PARAMETERS];
  double reverse[PARAMETERS];
  residuals(p, measured, r);
  jacobian(p, measured, columns);
  gradient(p, measured, reverse);
  for (int i = 0; i < PARAMETERS; i++) {
    forward[i] = 0;
    for (int k = 0; k < RESIDUALS; k++) forward[i] += columns[i][k] * r[k];
    for (int j = 0; j < PARAMETERS; j++) {
      normal[i][j] = 0;
      for (int k = 0; k < RESIDUALS; k++) normal[i][j] += columns[i][k] * columns[j][k];
    }
    normal[i][i] *= 1 + damping;
    step[i] = -forward[i];
  }
  solve(normal, step);
  for (int i = 0; i < PARAMETERS; i++) moved[i] = p[i] + step[i];
  return largest_difference(reverse, forward, PARAMETERS);
}

int main(void) {
  const double truth[PARAMETERS] = {1.1, 0.4, 0.4, 0.1}, nothing[RESIDUALS] = {0};
  double p[PARAMETERS] = {0.9, 0.3, 0.5, 0.15}, moved[PARAMETERS], measured[RESIDUALS];
  double damping = 0.01, apart = 0;
  residuals(truth, nothing, measured);

  double cost = half_sum_of_squares(p, measured);
  printf("iteration  half sum of squares        a         b         c         d\n");
  for (int iteration = 0; iteration < 50 && cost > 1e-20; iteration++) {
    printf("%9d  %19.12g %9.6f %9.6f %9.6f %9.6f\n", iteration, cost, p[0], p[1], p[2], p[3]);
    apart = fmax(apart, propose(p, measured, damping, moved));
    double cost_there = half_sum_of_squares(moved, measured);
    if (cost_there < cost) {
      memcpy(p, moved, sizeof p);
      cost = cost_there;
      damping /= 10;
    } else {
      damping *= 10;
    }
  }
  printf("    found  %19.12g %9.6f %9.6f %9.6f %9.6f\n", cost, p[0], p[1], p[2], p[3]);
  printf("    truth  %19s %9.6f %9.6f %9.6f %9.6f\n", "", truth[0], truth[1], truth[2], truth[3]);
  int status = verdict("gradient, reverse mode against forward mode", apart, 1e-9);
  return status | verdict("parameters, found against true",
                          largest_difference(p, truth, PARAMETERS), 1e-8);
}
