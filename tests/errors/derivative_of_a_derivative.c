// expect: 6:34: error: cannot differentiate 'df': it asks for derivatives itself
// note: 'df' contains a marker, and derivatives of derivatives are not supported yet
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x * x; }
static double df(double x) { return __enzyme_autodiff((void *)f, x); }
double second(double x) { return __enzyme_autodiff((void *)df, x); }
