// expect: 5:65: error: argument 2 of 'f' is 'long', but 'int' is passed
// note: cast it to the type of the parameter, 'long'
extern double __enzyme_autodiff(void *, ...);
static double f(double x, long n) { return x * n; }
double slope(double x) { return __enzyme_autodiff((void *)f, x, 3); }
