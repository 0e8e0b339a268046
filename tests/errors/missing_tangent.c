// expect: 4:61: error: the shadow of argument 1 of 'f' is missing
extern double __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_fwddiff((void *)f, x); }
