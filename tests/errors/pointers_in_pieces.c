// expect: 12:43: error: cannot differentiate pointers that are moved in pieces
// note: copy whole structs, or use memcpy or memmove
#include <string.h>
extern double __enzyme_autodiff(void *, ...);
extern void *malloc(unsigned long);
struct pair { double *p; long n; };
static double f(double *x) {
  struct pair a = {x, 1}, *b = malloc(sizeof *b);
  volatile int size = sizeof a / 4;
  unsigned part;
  for (int i = 0; i < size; i++)
    memcpy(&part, (char *)&a + 4 * i, 4), memcpy((char *)b + 4 * i, &part, 4);
  return b->p[0];
}
double d(double *x, double *dx) { return __enzyme_autodiff((void *)f, x, dx); }
