// expect: 5:76: error: 'enzyme_byref' says 4 bytes, but argument 1 of 'f' has 8
extern int enzyme_byref;
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, enzyme_byref, 4, &x); }
