/* The product of eight square matrices, from the left; the sum of its squares by all of them. */
#include "harness.h"

enum { FACTORS = 8 };

static int order;

static void multiply(int n, const REAL *RESTRICT a, const REAL *RESTRICT b, REAL *RESTRICT c) {
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) c[i * n + j] = 0;
    for (int k = 0; k < n; k++)
      for (int j = 0; j < n; j++) c[i * n + j] += a[i * n + k] * b[k * n + j];
  }
}

static REAL chain(int n, const REAL *RESTRICT factor) {
  size_t size = (size_t)n * n;
  REAL *product = new_reals(2 * size), *left = product, *other = product + size, sum = 0;
  for (size_t i = 0; i < size; i++) left[i] = factor[i];
  for (int f = 1; f < FACTORS; f++) {
    multiply(n, left, factor + f * size, other);
    REAL *next = other;
    other = left;
    left = next;
  }
  for (size_t i = 0; i < size; i++) sum += left[i] * left[i];
  delete_reals(product);
  return sum;
}

void setup(int argc, char **argv) {
  order = (int)size_argument(argc, argv);
  problem.inputs = (size_t)FACTORS * order * order;
  problem.x = uniforms(problem.inputs, -1, 1);
  for (size_t i = 0; i < problem.inputs; i++) problem.x[i] /= sqrt(order);
}

void evaluate(const REAL *x, REAL *y) { y[0] = chain(order, x); }

#ifndef PEER
double primal(void) { return chain(order, problem.x); }

/* Sets the adjoint of a and adds to that of b; b is transposed first, for loops with unit stride. */
static void multiply_adjoint(int n, const double *RESTRICT a, const double *RESTRICT b,
                             const double *RESTRICT dc, double *RESTRICT turned,
                             double *RESTRICT da, double *RESTRICT db) {
  for (int k = 0; k < n; k++)
    for (int j = 0; j < n; j++) turned[j * n + k] = b[k * n + j];
  multiply(n, dc, turned, da);
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++)
      for (int j = 0; j < n; j++) db[k * n + j] += a[i * n + k] * dc[i * n + j];
}

/* Keeps the products. */
void by_hand(double *result) {
  int n = order;
  size_t size = (size_t)n * n;
  double *products = malloc((FACTORS + 2) * size * sizeof *products);
  double *d = products + FACTORS * size, *turned = d + size;
  const double *x = problem.x;
  memset(result, 0, problem.inputs * sizeof *result);
  memcpy(products, x, size * sizeof *x);
  for (int f = 1; f < FACTORS; f++)
    multiply(n, products + (f - 1) * size, x + f * size, products + f * size);
  const double *last = products + (FACTORS - 1) * size;
  for (size_t i = 0; i < size; i++) d[i] = 2 * last[i];
  for (int f = FACTORS - 1; f > 0; f--) {
    double *next = f == 1 ? result : products + f * size; /* no longer needed */
    multiply_adjoint(n, products + (f - 1) * size, x + f * size, d, turned, next, result + f * size);
    d = next;
  }
  free(products);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)chain, enzyme_const, order, enzyme_dup, problem.x, result);
}
#endif
