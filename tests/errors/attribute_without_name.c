// expect: 4:1: error: the attribute 'enzyme_function_like' takes the name of a function, in quotes
extern double __enzyme_autodiff(void *, ...);
__attribute__((annotate("enzyme_function_like=sin"))) double like_sin(double);
__attribute__((enzyme_function_like)) double mine(double);
static double f(double x) { return mine(x); }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
