// expect: 10:10: error: cannot differentiate a function that asks for '__enzyme_fwdsplit'
extern int enzyme_noret, enzyme_dup_return, enzyme_dup;
extern void *__enzyme_augmentfwd(void *, ...);
extern double __enzyme_fwdsplit(void *, ...);
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x * x; }
static double slope(double x) {
  void *tape =
                __enzyme_augmentfwd((void *)f, enzyme_noret, enzyme_dup_return, enzyme_dup, x, 1.0);
  return __enzyme_fwdsplit((void *)f, x, 1.0, tape);
}
double second(double x) { return __enzyme_autodiff((void *)slope, x); }
