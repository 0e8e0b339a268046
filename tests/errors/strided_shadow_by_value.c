// expect: 5:109: error: the strided shadow of argument 1 of 'f' has to be a pointer
extern int enzyme_dupv, enzyme_width;
extern double __enzyme_fwddiff(void *, ...);
static double f(double *x) { return x[0] * x[0]; }
double slope(double *x, double dx) { return __enzyme_fwddiff((void *)f, enzyme_width, 2, enzyme_dupv, 8, x, dx); }
