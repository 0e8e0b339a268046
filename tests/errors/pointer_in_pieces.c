// expect: 10:18: error: cannot differentiate a pointer that is put together from pieces
// note: move the pointer as a whole, as a 'uintptr_t' for example
#include <stdint.h>
extern double __enzyme_autodiff(void *, ...);
static double f(double *x) {
  uint32_t half[2];
  volatile int first = 0;
  half[first] = (uintptr_t)x;
  half[first + 1] = (uintptr_t)x >> 32;
  double *same = (double *)((uintptr_t)half[first + 1] << 32 | half[first]);
  return *same * *same;
}
double d(double *x, double *dx) { return __enzyme_autodiff((void *)f, x, dx); }
