// expect: 5:65: error: 'enzyme_const' is not followed by a value
extern int enzyme_const;
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x, enzyme_const); }
