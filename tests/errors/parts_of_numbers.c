// expect: 14:3: error: cannot tell whether the data moved here are floating values
// note: the functions that are differentiated use these bytes as a floating value and as a pointer or an integer, or as floating values of several types, or that overlap
// note: assign the members one by one where it is known which are meant, or keep them in memory of their own
#include <string.h>
void __enzyme_autodiff(void *, ...);

static double f(const double *x, int n) { /* a number is moved in two pieces */
  double from[16], to[16];
  for (int i = 0; i < n; i++)
    from[i] = x[i] * x[0];
  char *p = (char *)(from + n / 2), *q = (char *)(to + n / 2);
  char first = *p;
  *q = first;
  memcpy(q + 1, p + 1, 15);
  return to[n / 2] * to[n / 2 + 1];
}
void gradient(const double *x, double *dx, int n) {
  __enzyme_autodiff((void *)f, x, dx, n);
}
