// expect: 6:10: error: 'f' takes 2 arguments, but 1 word is given
extern int enzyme_dup;
extern unsigned long __enzyme_augmentsize(void *, ...);
static double f(const double *x, int n) { return *x * n; }
unsigned long g(void) {
  return __enzyme_augmentsize((void *)f, enzyme_dup);
}
