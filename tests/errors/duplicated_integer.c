// expect: 5:73: error: 'enzyme_dup' for argument 1 of 'f', which is an integer
extern int enzyme_dup;
extern double __enzyme_fwddiff(void *, ...);
static double f(int n, double x) { return x * n; }
double slope(double x) { return __enzyme_fwddiff((void *)f, enzyme_dup, 3, 1, x, 1.0); }
