// expect: 6:89: error: 'enzyme_out' for argument 2 of 'f', which is an integer
// note: 'int' has no derivative
extern int enzyme_out;
extern double __enzyme_autodiff(void *, ...);
static double f(double x, int n) { return x * n; }
double slope(double x) { return __enzyme_autodiff((void *)f, enzyme_out, x, enzyme_out, 3); }
