// expect: 5:59: error: the first argument of '__enzyme_call_inactive' has to be a function
// note: 'int' is passed
extern double __enzyme_autodiff(void *, ...);
extern double __enzyme_call_inactive(int, double);
static double f(double x) { return __enzyme_call_inactive(3, x) * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
