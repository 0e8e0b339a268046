// expect: 5:62: error: unknown word 'enzyme_cnst'; did you mean 'enzyme_const'?
extern int enzyme_cnst;
extern double __enzyme_autodiff(void *, ...);
static double f(double x, double y) { return x * y; }
double slope(double x) { return __enzyme_autodiff((void *)f, enzyme_cnst, x, 1.0); }
