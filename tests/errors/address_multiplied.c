// expect: 10:41: error: cannot differentiate through memory that another function hands out
#include <stdint.h>
#include <stdlib.h>
extern double __enzyme_autodiff(void *, ...);
double f(const double *x, int n) { /* nobody knows where an address leads that was calculated so */
  uintptr_t hidden = 3 * (uintptr_t)malloc(n * sizeof(double));
  volatile uintptr_t kept = hidden;
  double *y = (double *)(kept / 3), s = 0;
  for (int i = 0; i < n; i++)
                                   y[i] = x[i] * x[i];
  for (int i = 0; i < n; i++) s += y[i];
  free(y);
  return s;
}
void g(const double *x, double *dx, int n) { __enzyme_autodiff((void *)f, x, dx, n); }
