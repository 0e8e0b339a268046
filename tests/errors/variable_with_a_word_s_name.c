// expect: 6:58: error: unknown word 'enzyme_rate'
// note: names that begin with 'enzyme_' are words of the interface; to pass your variable's value, copy it to one with another name
double enzyme_rate = 3;
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
double slope(void) { return __enzyme_autodiff((void *)f, enzyme_rate); }
