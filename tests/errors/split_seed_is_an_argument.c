// expect: 5:82: error: the seed does not fit the result of 'f'
// note: the result is 'double', and 'int' is passed
extern double __enzyme_reverse(void *, ...);
static double f(double x) { return x * x; }
double back(double x, int n, void *tape) { return __enzyme_reverse((void *)f, x, n, tape); }
