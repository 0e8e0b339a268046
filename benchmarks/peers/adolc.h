/* The gradient of a kernel by ADOL-C: its tape is written anew in each call, as enzcc's is, so that
 * branches go where the point wants them; then one reverse sweep. */
#ifndef PEERS_ADOLC_H
#define PEERS_ADOLC_H

#include <adolc/adolc.h>

#include <cstddef>

typedef adouble REAL;

/* What ADOL-C has no name for. */
static inline adouble erfc(const adouble &x) { return 1 - erf(x); }
static inline adouble log1p(const adouble &x) { return log(1 + x); }

static void peer_gradient(void (*evaluate)(const REAL *, REAL *), std::size_t inputs,
                          std::size_t outputs, const double *x, const double *weights,
                          double *result) {
  static adouble *ax = new adouble[inputs], *ay = new adouble[outputs];
  static double *y = new double[outputs];
  /* so large that no tape goes to a file: operations, places, values, Taylor coefficients */
  trace_on(1, 1, 1 << 28, 1 << 29, 1 << 26, 1 << 28);
  for (std::size_t i = 0; i < inputs; i++) ax[i] <<= x[i];
  evaluate(ax, ay);
  for (std::size_t i = 0; i < outputs; i++) ay[i] >>= y[i];
  trace_off();
  fos_reverse(1, (int)outputs, (int)inputs, const_cast<double *>(weights), result);
}

#endif
