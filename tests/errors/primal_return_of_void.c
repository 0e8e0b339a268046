// expect: 5:74: error: 'enzyme_primal_return' for 'f', which returns nothing
extern int enzyme_primal_return;
extern double __enzyme_fwddiff(void *, ...);
static void f(double *x) { x[0] *= x[0]; }
double slope(double *x, double *dx) { return __enzyme_fwddiff((void *)f, enzyme_primal_return, x, dx); }
