// expect: 7:7: error: wrong registration '__enzyme_allocation_like_make'
// note: 'give' takes 1 arguments, and it lists others
extern double __enzyme_autodiff(void *, ...);
#include <stdlib.h>
static void give(void *p) { free(p); }
static void *make(size_t n) { return malloc(n); }
void *__enzyme_allocation_like_make[] = {(void *)make, (void *)0, "0,-1", (void *)give};
static double g(double x) { double *p = make(8); *p = x; x = *p * *p; give(p); return x; }
double slope(double x) { return __enzyme_autodiff((void *)g, x); }
