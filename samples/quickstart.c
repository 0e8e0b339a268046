/* The smallest complete gradient.
 *
 *     enzcc -O2 quickstart.c -o quickstart -lm && ./quickstart
 *
 * f is an ordinary C function. The call of __enzyme_autodiff is replaced by code that computes
 * its gradient; this code is compiled and optimised like the rest of the file.
 */
#include <enzyme.h>
#include <math.h>
#include <stdio.h>

#define N 3

/* f(x) = sum of x[i] * sin(x[i]) */
double f(const double *x, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += x[i] * sin(x[i]);
  return sum;
}

int main(void) {
  double x[N] = {0.5, 1.0, 2.0};
  double dx[N] = {0}; /* the gradient is added to what is here */
  int wrong = 0;

  __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_const, N);

  printf("f(x) = %.12f\n", f(x, N));
  for (int i = 0; i < N; i++) {
    double exact = sin(x[i]) + x[i] * cos(x[i]);
    printf("df/dx[%d] = %15.12f   exact %15.12f\n", i, dx[i], exact);
    wrong += !(fabs(dx[i] - exact) <= 1e-14);
  }
  return wrong;
}
