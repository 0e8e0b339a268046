// expect: 4:62: error: argument 1 of 'f' is 'float', but 'double' is passed
extern double __enzyme_autodiff(void *, ...);
static float f(float x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
