/* Six species that all act on each other, by a Runge-Kutta method that gets its equations through
 * a pointer to a function: the numbers at the end, by the start and all 42 rates. */
#include "harness.h"

enum { SPECIES = 6, RATES = SPECIES * (SPECIES + 1) };

typedef void (*Slope)(const REAL *rate, const REAL *u, REAL *du);

static int steps;
static const double STEP = 1e-4;

static void interact(const REAL *RESTRICT rate, const REAL *RESTRICT u, REAL *RESTRICT du) {
  for (int i = 0; i < SPECIES; i++) {
    REAL sum = rate[SPECIES * SPECIES + i];
    for (int j = 0; j < SPECIES; j++) sum += rate[SPECIES * i + j] * u[j];
    du[i] = u[i] * sum;
  }
}

static void rk4_step(Slope f, double h, const REAL *rate, REAL *u) {
  REAL k1[SPECIES], k2[SPECIES], k3[SPECIES], k4[SPECIES], v[SPECIES];
  f(rate, u, k1);
  for (int i = 0; i < SPECIES; i++) v[i] = u[i] + h / 2 * k1[i];
  f(rate, v, k2);
  for (int i = 0; i < SPECIES; i++) v[i] = u[i] + h / 2 * k2[i];
  f(rate, v, k3);
  for (int i = 0; i < SPECIES; i++) v[i] = u[i] + h * k3[i];
  f(rate, v, k4);
  for (int i = 0; i < SPECIES; i++) u[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
}

static REAL rk4(int n, double h, const REAL *RESTRICT start, const REAL *RESTRICT rate) {
  REAL u[SPECIES], sum = 0;
  for (int i = 0; i < SPECIES; i++) u[i] = start[i];
  for (int t = 0; t < n; t++) rk4_step(interact, h, rate, u);
  for (int i = 0; i < SPECIES; i++) sum += (i + 1) * u[i];
  return sum;
}

void setup(int argc, char **argv) {
  steps = (int)size_argument(argc, argv);
  problem.inputs = SPECIES + RATES;
  problem.x = uniforms(problem.inputs, -0.5, 0.2);
  for (int i = 0; i < SPECIES; i++) {
    problem.x[i] = 1 + 0.1 * i;
    problem.x[SPECIES + SPECIES * i + i] = -1;
    problem.x[SPECIES + SPECIES * SPECIES + i] = 1;
  }
}

void evaluate(const REAL *x, REAL *y) { y[0] = rk4(steps, STEP, x, x + SPECIES); }

#ifndef PEER
double primal(void) { return rk4(steps, STEP, problem.x, problem.x + SPECIES); }

/* What a stage leaves for its adjoint: where it was, and what u is multiplied by there. */
struct stage {
  double u[SPECIES], factor[SPECIES];
};

static inline void stage(const double *rate, struct stage *s) {
  for (int i = 0; i < SPECIES; i++) {
    s->factor[i] = rate[SPECIES * SPECIES + i];
    for (int j = 0; j < SPECIES; j++) s->factor[i] += rate[SPECIES * i + j] * s->u[j];
  }
}

static inline void after(const struct stage *from, const double *start, double h,
                         struct stage *s) {
  for (int i = 0; i < SPECIES; i++) s->u[i] = start[i] + h * from->u[i] * from->factor[i];
}

/* From the adjoint of the slope to that of where it is taken, and to that of `factor`. */
static inline void stage_adjoint(const double *rate, const struct stage *s, const double *bk,
                                 double *bu, double *bfactor) {
  for (int i = 0; i < SPECIES; i++) {
    bfactor[i] = bk[i] * s->u[i];
    bu[i] = bk[i] * s->factor[i];
  }
  for (int i = 0; i < SPECIES; i++)
    for (int j = 0; j < SPECIES; j++) bu[j] += bfactor[i] * rate[SPECIES * i + j];
}

/* Keeps the states; the stages between them are computed again. */
void by_hand(double *result) {
  const double *rate = problem.x + SPECIES, h = STEP;
  double *states = (double *)malloc((size_t)steps * SPECIES * sizeof *states);
  double u[SPECIES], bu[SPECIES], brate[RATES] = {0};
  memcpy(u, problem.x, sizeof u);
  for (int t = 0; t < steps; t++) {
    memcpy(&states[SPECIES * t], u, sizeof u);
    rk4_step(interact, h, rate, u);
  }
  for (int i = 0; i < SPECIES; i++) bu[i] = i + 1;
  for (int t = steps - 1; t >= 0; t--) {
    struct stage s[4];
    double b[SPECIES], bv[SPECIES], bf[4][SPECIES], sum[SPECIES];
    const double *start = &states[SPECIES * t];
    memcpy(s[0].u, start, sizeof s[0].u);
    stage(rate, &s[0]);
    after(&s[0], start, h / 2, &s[1]);
    stage(rate, &s[1]);
    after(&s[1], start, h / 2, &s[2]);
    stage(rate, &s[2]);
    after(&s[2], start, h, &s[3]);
    stage(rate, &s[3]);
    for (int i = 0; i < SPECIES; i++) b[i] = h / 6 * bu[i];
    stage_adjoint(rate, &s[3], b, bv, bf[3]);
    for (int i = 0; i < SPECIES; i++) sum[i] = bu[i] + bv[i], b[i] = h / 3 * bu[i] + h * bv[i];
    stage_adjoint(rate, &s[2], b, bv, bf[2]);
    for (int i = 0; i < SPECIES; i++) sum[i] += bv[i], b[i] = h / 3 * bu[i] + h / 2 * bv[i];
    stage_adjoint(rate, &s[1], b, bv, bf[1]);
    for (int i = 0; i < SPECIES; i++) sum[i] += bv[i], b[i] = h / 6 * bu[i] + h / 2 * bv[i];
    stage_adjoint(rate, &s[0], b, bv, bf[0]);
    for (int i = 0; i < SPECIES; i++) bu[i] = sum[i] + bv[i];
    for (int i = 0; i < SPECIES; i++) {
      for (int j = 0; j < SPECIES; j++)
        brate[SPECIES * i + j] += bf[0][i] * s[0].u[j] + bf[1][i] * s[1].u[j] +
                                  bf[2][i] * s[2].u[j] + bf[3][i] * s[3].u[j];
      brate[SPECIES * SPECIES + i] += bf[0][i] + bf[1][i] + bf[2][i] + bf[3][i];
    }
  }
  memcpy(result, bu, sizeof bu);
  memcpy(result + SPECIES, brate, sizeof brate);
  free(states);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)rk4, enzyme_const, steps, enzyme_const, STEP, enzyme_dup, problem.x,
                    result, enzyme_dup, problem.x + SPECIES, result + SPECIES);
}
#endif
