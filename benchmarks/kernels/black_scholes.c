/* The value of many options after Black and Scholes: by price, strike, time and volatility of
 * each, and by the rate of interest that all share. */
#include "harness.h"

static int options;

static inline REAL normal(REAL x) { return 0.5 * erfc(-x * M_SQRT1_2); }

static REAL value(int n, const REAL *RESTRICT price, const REAL *RESTRICT strike,
                  const REAL *RESTRICT time, const REAL *RESTRICT volatility, REAL rate) {
  REAL sum = 0;
  for (int i = 0; i < n; i++) {
    REAL spread = volatility[i] * sqrt(time[i]);
    REAL drift = (rate + volatility[i] * volatility[i] / 2) * time[i];
    REAL d1 = (log(price[i] / strike[i]) + drift) / spread;
    REAL d2 = d1 - spread;
    sum += price[i] * normal(d1) - strike[i] * exp(-rate * time[i]) * normal(d2);
  }
  return sum;
}

void setup(int argc, char **argv) {
  options = (int)size_argument(argc, argv);
  problem.inputs = 4 * (size_t)options + 1;
  problem.x = uniforms(problem.inputs, 0.5, 1.5);
  for (int i = 0; i < options; i++) problem.x[3 * (size_t)options + i] *= 0.3;
  problem.x[4 * (size_t)options] = 0.03;
}

void evaluate(const REAL *x, REAL *y) {
  size_t n = options;
  y[0] = value(options, x, x + n, x + 2 * n, x + 3 * n, x[4 * n]);
}

#ifndef PEER
double primal(void) {
  double y;
  evaluate(problem.x, &y);
  return y;
}

/* The adjoint, option by option; both densities are computed, as no identity of finance is used. */
void by_hand(double *result) {
  size_t n = options;
  const double *price = problem.x, *strike = price + n, *time = strike + n, *vol = time + n;
  double rate = vol[n], drate = 0;
  for (size_t i = 0; i < n; i++) {
    double root = sqrt(time[i]), spread = vol[i] * root, log_ratio = log(price[i] / strike[i]);
    double mean = rate + vol[i] * vol[i] / 2;
    double d1 = (log_ratio + mean * time[i]) / spread, d2 = d1 - spread;
    double discount = exp(-rate * time[i]), n1 = normal(d1), n2 = normal(d2);
    const double density = 0.39894228040143267794;
    double b2 = -strike[i] * discount * density * exp(-d2 * d2 / 2);
    double b1 = price[i] * density * exp(-d1 * d1 / 2) + b2, ddrift = b1 / spread;
    double dspread = -b2 - ddrift * d1, dexponent = -strike[i] * discount * n2;
    drate += ddrift * time[i] - dexponent * time[i];
    result[i] = n1 + ddrift / price[i];
    result[n + i] = -discount * n2 - ddrift / strike[i];
    result[2 * n + i] = ddrift * mean + dspread * vol[i] / (2 * root) - dexponent * rate;
    result[3 * n + i] = ddrift * vol[i] * time[i] + dspread * root;
  }
  result[4 * n] = drate;
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  size_t n = options;
  double *x = problem.x;
  memset(result, 0, problem.inputs * sizeof *result);
  result[4 * n] = __enzyme_autodiff((void *)value, enzyme_const, options, enzyme_dup, x, result,
                                    enzyme_dup, x + n, result + n, enzyme_dup, x + 2 * n,
                                    result + 2 * n, enzyme_dup, x + 3 * n, result + 3 * n,
                                    enzyme_out, x[4 * n]);
}
#endif
