// expect: 4:1: error: wrong annotation 'enzyme_nofree' of 'global'
// note: it belongs on a function
extern double __enzyme_autodiff(void *, ...);
__attribute__((annotate("enzyme_nofree"))) double global;
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
