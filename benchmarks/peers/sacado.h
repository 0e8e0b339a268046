/* The gradient of a kernel by Sacado's reverse mode, which records each call anew. */
#ifndef PEERS_SACADO_H
#define PEERS_SACADO_H

#include <Sacado_trad.hpp>

#include <cmath>
#include <cstddef>

typedef Sacado::Rad::ADvar<double> REAL;

/* What Sacado has no name for, of what it computes on the way. */
typedef Sacado::Rad::ADvari<double> PASSING;
static inline REAL log1p(const PASSING &x) {
  return ADf1(std::log1p(x.Val), 1 / (1 + x.Val), x);
}
static inline REAL erfc(const PASSING &x) {
  return ADf1(std::erfc(x.Val), -M_2_SQRTPI * std::exp(-x.Val * x.Val), x);
}
static inline REAL fmax(const REAL &x, const REAL &y) { return max(x, y); }

/* What is recorded: the inputs, and where the outputs are. */
struct recording {
  REAL *x, *y, **wanted;
  double *seeds;
};

static recording record(void (*evaluate)(const REAL *, REAL *), std::size_t inputs,
                        std::size_t outputs, const double *x) {
  static recording r = {new REAL[inputs], new REAL[outputs], new REAL *[outputs],
                        new double[outputs]};
  for (std::size_t i = 0; i < inputs; i++) r.x[i] = x[i];
  evaluate(r.x, r.y);
  for (std::size_t i = 0; i < outputs; i++) r.wanted[i] = &r.y[i];
  return r;
}

static inline void peer_gradient(void (*evaluate)(const REAL *, REAL *), std::size_t inputs,
                                 std::size_t outputs, const double *x, const double *weights,
                                 double *result) {
  recording r = record(evaluate, inputs, outputs, x);
  for (std::size_t i = 0; i < outputs; i++) r.seeds[i] = weights[i];
  REAL::Weighted_Gradcomp(outputs, r.wanted, r.seeds);
  for (std::size_t i = 0; i < inputs; i++) result[i] = r.x[i].adj();
}

/* One recording, and a reverse sweep for each row. */
static inline void peer_jacobian(void (*evaluate)(const REAL *, REAL *), std::size_t inputs,
                                 std::size_t outputs, const double *x, double *y, double *rows) {
  recording r = record(evaluate, inputs, outputs, x);
  for (std::size_t row = 0; row < outputs; row++) {
    y[row] = r.y[row].val();
    for (std::size_t i = 0; i < outputs; i++) r.seeds[i] = i == row;
    REAL::Weighted_Gradcomp(outputs, r.wanted, r.seeds);
    for (std::size_t i = 0; i < inputs; i++) rows[row * inputs + i] = r.x[i].adj();
  }
}

#endif
