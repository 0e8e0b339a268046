// expect: 10:10: error: cannot differentiate the bits of a floating value as a whole number
// note: use floating arithmetic (log2, frexp, ldexp, pow), or hide it in an inactive function
#include <stdint.h>
#include <string.h>
extern double __enzyme_autodiff(void *, ...);
static double mantissa(double a) {
  uint64_t u;
  memcpy(&u, &a, sizeof u);
  uint32_t part = (uint32_t)(u >> 21);
  return (double)part * a;
}
double d(double a) { return __enzyme_autodiff((void *)mantissa, a); }
