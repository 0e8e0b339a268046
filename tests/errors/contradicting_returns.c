// expect: 5:83: error: 'enzyme_active_return' contradicts 'enzyme_const_return'
extern int enzyme_const_return, enzyme_active_return;
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, enzyme_const_return, enzyme_active_return, x); }
