/* Kepler's equation for many planets by Newton's method, which is held back where it would leap;
 * nobody knows beforehand how many steps a planet takes. */
#include "harness.h"

enum { MOST = 60 };

static int planets;
static double *seeds;

static REAL anomaly(REAL mean, REAL eccentricity) {
  REAL e = mean > M_PI ? mean - eccentricity : mean + eccentricity;
  for (int k = 0; k < MOST; k++) {
    REAL step = (e - eccentricity * sin(e) - mean) / (1 - eccentricity * cos(e));
    if (step > 0.5)
      step = 0.5;
    else if (step < -0.5)
      step = -0.5;
    e -= step;
    if (fabs(step) < 1e-9) break;
  }
  return e;
}

static REAL orbit(int n, const REAL *RESTRICT mean, const REAL *RESTRICT eccentricity,
                  const double *RESTRICT weight) {
  REAL sum = 0;
  for (int i = 0; i < n; i++) sum += weight[i] * anomaly(mean[i], eccentricity[i]);
  return sum;
}

void setup(int argc, char **argv) {
  planets = (int)size_argument(argc, argv);
  problem.inputs = 2 * (size_t)planets;
  problem.x = uniforms(problem.inputs, 0.01, 0.97);
  for (int i = 0; i < planets; i++) problem.x[i] *= 6.2;
  seeds = uniforms(planets, -1, 1);
}

void evaluate(const REAL *x, REAL *y) { y[0] = orbit(planets, x, x + planets, seeds); }

#ifndef PEER
double primal(void) { return orbit(planets, problem.x, problem.x + planets, seeds); }

/* Planet by planet: its steps forwards, then backwards. What a step needs are sine, cosine and the
 * step itself. */
void by_hand(double *result) {
  for (int i = 0; i < planets; i++) {
    double mean = problem.x[i], ecc = problem.x[planets + i];
    struct { double sine, cosine, step; } kept[MOST];
    double e = mean > M_PI ? mean - ecc : mean + ecc;
    int k = 0;
    while (k < MOST) {
      double sine = sin(e), cosine = cos(e);
      double step = (e - ecc * sine - mean) / (1 - ecc * cosine);
      kept[k].sine = sine;
      kept[k].cosine = cosine;
      kept[k++].step = step;
      if (step > 0.5)
        step = 0.5;
      else if (step < -0.5)
        step = -0.5;
      e -= step;
      if (fabs(step) < 1e-9) break;
    }
    double be = seeds[i], bmean = 0, becc = 0;
    while (k-- > 0) {
      double sine = kept[k].sine, cosine = kept[k].cosine, step = kept[k].step;
      if (fabs(step) > 0.5) continue; /* held back: e moves by a constant */
      double share = -be / (1 - ecc * cosine);
      be += share * (1 - ecc * cosine - step * ecc * sine);
      becc += share * (step * cosine - sine);
      bmean -= share;
    }
    result[i] = bmean + be;
    result[planets + i] = mean > M_PI ? becc - be : becc + be;
  }
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)orbit, enzyme_const, planets, enzyme_dup, problem.x, result,
                    enzyme_dup, problem.x + planets, result + planets, enzyme_const, seeds);
}
#endif
