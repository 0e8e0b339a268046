// expect: 5:69: error: 'enzyme_width' is not followed by its operand
extern int enzyme_width;
extern double __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_fwddiff((void *)f, x, 1.0, enzyme_width); }
