// expect: 5:65: error: argument 2 of 'f' is 'double', but 'int' is passed
// note: nothing is converted here: write 1.0 for a floating 1, or cast it
extern double __enzyme_autodiff(void *, ...);
static double f(double x, double y) { return x * y; }
double slope(double x) { return __enzyme_autodiff((void *)f, x, 1); }
