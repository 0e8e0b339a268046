// expect: 6:83: error: cannot tell which context is meant
extern int enzyme_context;
extern double __enzyme_autodiff(void *, ...);
static double k = 2;
static double f(double x) { return k * x; }
double g(void *c, double x) { return __enzyme_autodiff((void *)f, enzyme_context, c, x); }
