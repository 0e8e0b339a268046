// expect: 5:62: error: 'enzyme_active_return' for 'f', which returns an integer
extern int enzyme_active_return;
extern double __enzyme_autodiff(void *, ...);
static int f(double x) { return x > 0; }
double slope(double x) { return __enzyme_autodiff((void *)f, enzyme_active_return, x); }
