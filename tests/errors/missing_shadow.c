// expect: 5:72: error: the shadow of argument 1 of 'f' is missing
// note: argument 1 of 'f' is a pointer, but 'int' follows it
extern double __enzyme_autodiff(void *, ...);
static double f(const double *x, int n) { return n ? x[0] * x[0] : 0; }
double slope(const double *x) { return __enzyme_autodiff((void *)f, x, 3); }
