// expect: 5:75: error: 'enzyme_out' for argument 1 of 'f', which is a pointer
extern int enzyme_out;
extern double __enzyme_autodiff(void *, ...);
static double f(double *x) { return x[0] * x[0]; }
double slope(double *x) { return __enzyme_autodiff((void *)f, enzyme_out, x); }
