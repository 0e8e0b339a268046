// expect: 6:76: error: the operand of 'enzyme_width' can be at most 4096, but is 1000000000
// note: ask for some lanes at a time, in a loop
extern int enzyme_width;
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, enzyme_width, 1000000000, x); }
