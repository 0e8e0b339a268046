// expect: 5:42: error: '__enzyme_augmentsize' takes words only, and a value is passed
extern unsigned long __enzyme_augmentsize(void *, ...);
static double f(const double *x) { return *x * *x; }
unsigned long g(double *x) {
  return __enzyme_augmentsize((void *)f, x);
}
