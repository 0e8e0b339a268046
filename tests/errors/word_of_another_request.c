// expect: 5:62: error: 'enzyme_scalar' has no meaning in '__enzyme_autodiff'
extern int enzyme_scalar;
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, enzyme_scalar, x); }
