// expect: 5:40: error: cannot differentiate the call to 'mystery'
// note: 'mystery' has no definition in this file and no known derivative
extern double __enzyme_fwddiff(void *, ...);
extern double mystery(double x);
static double f(double x) { return 2 + mystery(x); }
double slope(double x) { return __enzyme_fwddiff((void *)f, x, 1.0); }
