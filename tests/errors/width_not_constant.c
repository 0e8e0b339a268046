// expect: 5:83: error: the operand of 'enzyme_width' has to be a constant
extern int enzyme_width;
extern double __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x, int *n) { return __enzyme_fwddiff((void *)f, enzyme_width, *n, x, 1.0, 2.0); }
