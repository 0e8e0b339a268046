// expect: 5:75: error: the operand of 'enzyme_width' has to be at least 1, but is 0
extern int enzyme_width;
extern double __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_fwddiff((void *)f, enzyme_width, 0, x); }
