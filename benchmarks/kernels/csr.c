/* The product of a sparse matrix in compressed rows with a vector, from seeds of the result to the
 * matrix' numbers and to the vector. */
#include "harness.h"

enum { IN_A_ROW = 16 };

static int rows, *start, *column;
static double *product, *dproduct;

static void multiply(int n, const int *RESTRICT first, const int *RESTRICT col,
                     const REAL *RESTRICT value, const REAL *RESTRICT x, REAL *RESTRICT y) {
  for (int i = 0; i < n; i++) {
    REAL sum = 0;
    for (int k = first[i]; k < first[i + 1]; k++) sum += value[k] * x[col[k]];
    y[i] = sum;
  }
}

void setup(int argc, char **argv) {
  rows = (int)size_argument(argc, argv);
  start = (int *)malloc((rows + 1) * sizeof *start);
  column = (int *)malloc(2 * (size_t)rows * IN_A_ROW * sizeof *column);
  start[0] = 0;
  for (int i = 0; i < rows; i++) { /* rows of different lengths */
    int length = (int)uniform(1, 2 * IN_A_ROW);
    for (int k = 0; k < length; k++) column[start[i] + k] = (int)uniform(0, rows);
    start[i + 1] = start[i] + length;
  }
  problem.inputs = (size_t)start[rows] + rows;
  problem.outputs = rows;
  problem.x = uniforms(problem.inputs, -1, 1);
  problem.weights = uniforms(rows, -1, 1);
  product = doubles(rows);
  dproduct = doubles(rows);
}

void evaluate(const REAL *x, REAL *y) {
  multiply(rows, start, column, x, x + start[rows], y);
}

#ifndef PEER
double primal(void) {
  evaluate(problem.x, product);
  return product[0];
}

static void multiply_adjoint(int n, const int *RESTRICT first, const int *RESTRICT col,
                             const double *RESTRICT value, const double *RESTRICT x,
                             const double *RESTRICT dy, double *RESTRICT dvalue,
                             double *RESTRICT dx) {
  for (int i = 0; i < n; i++) {
    double seed = dy[i];
    for (int k = first[i]; k < first[i + 1]; k++) {
      dvalue[k] += seed * x[col[k]];
      dx[col[k]] += seed * value[k];
    }
  }
}

void by_hand(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  multiply_adjoint(rows, start, column, problem.x, problem.x + start[rows], problem.weights,
                   result, result + start[rows]);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  memcpy(dproduct, problem.weights, rows * sizeof *dproduct);
  __enzyme_autodiff_void((void *)multiply, enzyme_const, rows, enzyme_const, start, enzyme_const,
                         column, enzyme_dup, problem.x, result, enzyme_dup,
                         problem.x + start[rows], result + start[rows], enzyme_dupnoneed, product,
                         dproduct);
}
#endif
