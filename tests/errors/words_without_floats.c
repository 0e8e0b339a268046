// expect: 7:54: error: cannot tell whether the data moved here are floating values
// note: no function that is differentiated here has a floating value at all
// note: copy through a pointer to the real type, or say what lies at the pointer, once in the function: '__enzyme_double(p, -1);'
#include <stdint.h>
void __enzyme_autodiff(void *, ...);
static void copy(uint64_t *to, const uint64_t *from, int n) {
  for (int i = 0; i < n; i++)                  to[i] = from[i];
}
void gradient(void *x, void *dx, void *y, void *dy, int n) {
  __enzyme_autodiff((void *)copy, y, dy, x, dx, n);
}
