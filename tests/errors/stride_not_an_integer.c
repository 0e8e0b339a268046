// expect: 5:104: error: the operand of 'enzyme_dupv' has to be an integer: the distance of two lanes in bytes
extern int enzyme_dupv, enzyme_width;
extern double __enzyme_fwddiff(void *, ...);
static double f(double *x) { return x[0] * x[0]; }
double slope(double *x, double *dx) { return __enzyme_fwddiff((void *)f, enzyme_width, 2, enzyme_dupv, 8.0, x, dx); }
