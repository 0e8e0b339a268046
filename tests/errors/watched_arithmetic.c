// expect: 5:38: error: cannot differentiate arithmetic whose rounding or exceptions are watched
// note: compile this file without them
#pragma STDC FENV_ACCESS ON
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
