/* The fast Fourier transform of 2^k complex numbers, recursive and in place, with factors from a
 * recurrence; from seeds of the spectrum to the signal. */
#include "harness.h"

static int points;
static double *data, *ddata;

static void combine(REAL *data, int n) {
  if (n <= 1) return;
  combine(data, n / 2);
  combine(data + n, n / 2);
  double angle = 2 * M_PI / n, half = sin(angle / 2);
  double step_real = -2 * half * half, step_imaginary = -sin(angle), c = 1, s = 0;
  for (int i = 0; i < n; i += 2) {
    REAL real = data[i + n] * c - data[i + n + 1] * s;
    REAL imaginary = data[i + n] * s + data[i + n + 1] * c;
    data[i + n] = data[i] - real;
    data[i + n + 1] = data[i + 1] - imaginary;
    data[i] += real;
    data[i + 1] += imaginary;
    double old = c;
    c += c * step_real - s * step_imaginary;
    s += s * step_real + old * step_imaginary;
  }
}

static void transform(int n, const REAL *RESTRICT x, REAL *RESTRICT y) {
  for (int i = 0, reversed = 0; i < n; i++) {
    y[2 * reversed] = x[2 * i];
    y[2 * reversed + 1] = x[2 * i + 1];
    int bit = n >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed |= bit;
  }
  combine(y, n);
}

void setup(int argc, char **argv) {
  points = (int)size_argument(argc, argv);
  problem.inputs = problem.outputs = 2 * (size_t)points;
  problem.x = uniforms(problem.inputs, -1, 1);
  problem.weights = uniforms(problem.outputs, -1, 1);
  data = doubles(problem.outputs);
  ddata = doubles(problem.outputs);
}

void evaluate(const REAL *x, REAL *y) { transform(points, x, y); }

#ifndef PEER
double primal(void) {
  transform(points, problem.x, data);
  return data[0];
}

/* The transform is linear: its transpose needs nothing but the seeds, which it destroys. */
static void combine_adjoint(double *d, int n) {
  if (n <= 1) return;
  double angle = 2 * M_PI / n, half = sin(angle / 2);
  double step_real = -2 * half * half, step_imaginary = -sin(angle), c = 1, s = 0;
  for (int i = 0; i < n; i += 2) {
    double real = d[i] - d[i + n], imaginary = d[i + 1] - d[i + n + 1];
    d[i] += d[i + n];
    d[i + 1] += d[i + n + 1];
    d[i + n] = real * c + imaginary * s;
    d[i + n + 1] = imaginary * c - real * s;
    double old = c;
    c += c * step_real - s * step_imaginary;
    s += s * step_real + old * step_imaginary;
  }
  combine_adjoint(d, n / 2);
  combine_adjoint(d + n, n / 2);
}

void by_hand(double *result) {
  int n = points;
  memcpy(ddata, problem.weights, problem.outputs * sizeof *ddata);
  combine_adjoint(ddata, n);
  for (int i = 0, reversed = 0; i < n; i++) {
    result[2 * i] = ddata[2 * reversed];
    result[2 * i + 1] = ddata[2 * reversed + 1];
    int bit = n >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed |= bit;
  }
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  memcpy(ddata, problem.weights, problem.outputs * sizeof *ddata);
  __enzyme_autodiff_void((void *)transform, enzyme_const, points, enzyme_dup, problem.x, result,
                         enzyme_dupnoneed, data, ddata);
}
#endif
