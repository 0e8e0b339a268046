// expect: 4:32: error: '__enzyme_autodiff_float' is declared to return 'float', but the derivative of 'f' is 'double'
extern float __enzyme_autodiff_float(void *, ...);
static double f(double x) { return x * x; }
float slope(double x) { return __enzyme_autodiff_float((void *)f, x); }
