// expect: 7:42: error: cannot differentiate arithmetic whose rounding or exceptions are watched
// note: call it outside of what is differentiated
#include <fenv.h>
#pragma STDC FENV_ACCESS ON
extern double __enzyme_autodiff(void *, ...);
static double up(double x) { return fesetround(FE_UPWARD), x; }
static double f(double x) { return up(x) * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
