// expect: 6:80: error: the shadow of argument 1 of 'f' is missing
// note: write 'enzyme_out': the gradient of a number passed by value is returned
extern int enzyme_dup;
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
void slope(double x, double *dx) { __enzyme_autodiff((void *)f, enzyme_dup, x, dx); }
