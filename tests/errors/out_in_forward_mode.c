// expect: 5:61: error: 'enzyme_out' has no meaning in forward mode
extern int enzyme_out;
extern double __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_fwddiff((void *)f, enzyme_out, x); }
