// expect: 3:1: error: the attribute 'enzyme_function_like' takes the name of a function, in quotes
extern double __enzyme_autodiff(void *, ...);
__attribute__((enzyme_function_like("sin", "cos"))) double wave(double x);
static double f(double x) { return wave(x); }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
