// expect: 5:1: error: unknown annotation 'enzyme_inactiv' of 'log_it'; did you mean 'enzyme_inactive'?
// note: it would say nothing of it
extern double __enzyme_autodiff(void *, ...);
static double total;
__attribute__((annotate("enzyme_inactiv"))) static double log_it(double x) { return total += x; }
static double f(double x) { return x * x + log_it(x); }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
