// expect: 3:1: error: the annotation 'enzyme_inactive' of 'quiet' is not supported yet
extern double __enzyme_autodiff(void *, ...);
__attribute__((annotate("enzyme_inactive"))) static double quiet(double x) { return x; }
static double f(double x) { return quiet(x) * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
