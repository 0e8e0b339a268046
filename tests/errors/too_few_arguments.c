// expect: 5:33: error: too few arguments for 'f': it takes 3, only 2 given
// note: 'f' takes ('double', 'double', 'double')
extern double __enzyme_autodiff(void *, ...);
static double f(double x, double y, double z) { return x * y * z; }
double slope(double x) { return __enzyme_autodiff((void *)f, x, 1.0); }
