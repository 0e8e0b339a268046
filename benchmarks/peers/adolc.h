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

/* Writes a tape, and the outputs. The buffers of the first tape are so large that nothing goes to a
 * file, those of the others as large as it was: to get and to give back more takes longer than to
 * write a short tape. */
static void record(void (*evaluate)(const REAL *, REAL *), std::size_t inputs,
                   std::size_t outputs, const double *x, double *y) {
  static adouble *ax = new adouble[inputs], *ay = new adouble[outputs];
  static unsigned operations = 1 << 28, places = 1 << 29, values = 1 << 26, numbers = 1 << 28;
  static bool first = true;
  trace_on(1, 1, operations, places, values, numbers);
  for (std::size_t i = 0; i < inputs; i++) ax[i] <<= x[i];
  evaluate(ax, ay);
  for (std::size_t i = 0; i < outputs; i++) ay[i] >>= y[i];
  trace_off();
  if (!first) return;
  std::size_t counts[STAT_SIZE];
  tapestats(1, counts);
  operations = 2 * counts[NUM_OPERATIONS] + 1000;
  places = 2 * counts[NUM_LOCATIONS] + 1000;
  values = 2 * counts[NUM_VALUES] + 1000;
  numbers = 2 * counts[TAY_STACK_SIZE] + 1000;
  first = false;
}

static inline void peer_gradient(void (*evaluate)(const REAL *, REAL *), std::size_t inputs,
                                 std::size_t outputs, const double *x, const double *weights,
                                 double *result) {
  static double *y = new double[outputs];
  record(evaluate, inputs, outputs, x, y);
  fos_reverse(1, (int)outputs, (int)inputs, const_cast<double *>(weights), result);
}

/* One tape, and a reverse sweep for all rows. */
static inline void peer_jacobian(void (*evaluate)(const REAL *, REAL *), std::size_t inputs,
                                 std::size_t outputs, const double *x, double *y, double *rows) {
  static double **seeds = new double *[outputs], **result = new double *[outputs];
  static double *numbers = new double[outputs * outputs]();
  for (std::size_t i = 0; i < outputs; i++) {
    seeds[i] = &numbers[i * outputs];
    seeds[i][i] = 1;
    result[i] = &rows[i * inputs];
  }
  record(evaluate, inputs, outputs, x, y);
  fov_reverse(1, (int)outputs, (int)inputs, (int)outputs, seeds, result);
}

#endif
