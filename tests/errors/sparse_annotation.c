// expect: 3:1: error: the annotation 'enzyme_sparse_accumulate' of 'store' is not supported yet
extern double __enzyme_autodiff(void *, ...);
__attribute__((annotate("enzyme_sparse_accumulate"))) void store(double x) { (void)x; }
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
