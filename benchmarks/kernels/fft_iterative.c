/* The fast Fourier transform of 2^k complex numbers, iterative, with factors from a table; from
 * seeds of the spectrum to the signal. */
#include "harness.h"

static int points;
static double *factors, *spectrum, *dspectrum;

static void transform(int n, const double *RESTRICT w, const REAL *RESTRICT x, REAL *RESTRICT y) {
  for (int i = 0, reversed = 0; i < n; i++) {
    y[2 * reversed] = x[2 * i];
    y[2 * reversed + 1] = x[2 * i + 1];
    int bit = n >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed |= bit;
  }
  for (int half = 1; half < n; half *= 2)
    for (int begin = 0; begin < n; begin += 2 * half)
      for (int k = 0; k < half; k++) {
        double c = w[2 * (k * (n / 2 / half))], s = w[2 * (k * (n / 2 / half)) + 1];
        REAL *even = &y[2 * (begin + k)], *odd = even + 2 * half;
        REAL real = c * odd[0] - s * odd[1], imaginary = c * odd[1] + s * odd[0];
        odd[0] = even[0] - real;
        odd[1] = even[1] - imaginary;
        even[0] += real;
        even[1] += imaginary;
      }
}

void setup(int argc, char **argv) {
  points = (int)size_argument(argc, argv);
  problem.inputs = problem.outputs = 2 * (size_t)points;
  problem.x = uniforms(problem.inputs, -1, 1);
  problem.weights = uniforms(problem.outputs, -1, 1);
  factors = doubles(points);
  for (int k = 0; k < points / 2; k++) {
    factors[2 * k] = cos(2 * M_PI * k / points);
    factors[2 * k + 1] = -sin(2 * M_PI * k / points);
  }
  spectrum = doubles(problem.outputs);
  dspectrum = doubles(problem.outputs);
}

void evaluate(const REAL *x, REAL *y) { transform(points, factors, x, y); }

#ifndef PEER
double primal(void) {
  evaluate(problem.x, spectrum);
  return spectrum[0];
}

/* The transform is linear: its transpose needs nothing but the seeds, which it destroys. */
static void transform_adjoint(int n, const double *RESTRICT w, double *RESTRICT dy,
                              double *RESTRICT dx) {
  for (int half = n / 2; half >= 1; half /= 2)
    for (int begin = 0; begin < n; begin += 2 * half)
      for (int k = 0; k < half; k++) {
        double c = w[2 * (k * (n / 2 / half))], s = w[2 * (k * (n / 2 / half)) + 1];
        double *even = &dy[2 * (begin + k)], *odd = even + 2 * half;
        double real = even[0] - odd[0], imaginary = even[1] - odd[1];
        even[0] += odd[0];
        even[1] += odd[1];
        odd[0] = c * real + s * imaginary;
        odd[1] = c * imaginary - s * real;
      }
  for (int i = 0, reversed = 0; i < n; i++) {
    dx[2 * i] += dy[2 * reversed];
    dx[2 * i + 1] += dy[2 * reversed + 1];
    int bit = n >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed |= bit;
  }
}

void by_hand(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  memcpy(dspectrum, problem.weights, problem.outputs * sizeof *dspectrum);
  transform_adjoint(points, factors, dspectrum, result);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  memcpy(dspectrum, problem.weights, problem.outputs * sizeof *dspectrum);
  __enzyme_autodiff_void((void *)transform, enzyme_const, points, enzyme_const, factors,
                         enzyme_dup, problem.x, result, enzyme_dupnoneed, spectrum, dspectrum);
}
#endif
