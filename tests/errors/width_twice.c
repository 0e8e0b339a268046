// expect: 5:78: error: 'enzyme_width' is given twice
extern int enzyme_width;
extern double __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_fwddiff((void *)f, enzyme_width, 2, enzyme_width, 2, x, 1.0, 2.0); }
