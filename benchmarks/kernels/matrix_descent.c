/* The squared length of a matrix times a vector, by both: one step of a descent. */
#include "harness.h"

static int order;

static REAL squares(int n, const REAL *RESTRICT matrix, const REAL *RESTRICT vector) {
  REAL result = 0;
  for (int i = 0; i < n; i++) {
    REAL sum = 0;
    for (int j = 0; j < n; j++) sum += matrix[i * n + j] * vector[j];
    result += sum * sum;
  }
  return result;
}

void setup(int argc, char **argv) {
  order = (int)size_argument(argc, argv);
  problem.inputs = (size_t)order * order + order;
  problem.x = uniforms(problem.inputs, -1, 1);
}

void evaluate(const REAL *x, REAL *y) { y[0] = squares(order, x, x + (size_t)order * order); }

#ifndef PEER
double primal(void) { return squares(order, problem.x, problem.x + (size_t)order * order); }

static void squares_adjoint(int n, const double *RESTRICT matrix, const double *RESTRICT vector,
                            double *RESTRICT dmatrix, double *RESTRICT dvector) {
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++) sum += matrix[i * n + j] * vector[j];
    sum *= 2;
    for (int j = 0; j < n; j++) {
      dmatrix[i * n + j] += sum * vector[j];
      dvector[j] += sum * matrix[i * n + j];
    }
  }
}

void by_hand(double *result) {
  size_t size = (size_t)order * order;
  memset(result, 0, problem.inputs * sizeof *result);
  squares_adjoint(order, problem.x, problem.x + size, result, result + size);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  size_t size = (size_t)order * order;
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)squares, enzyme_const, order, enzyme_dup, problem.x, result,
                    enzyme_dup, problem.x + size, result + size);
}
#endif
