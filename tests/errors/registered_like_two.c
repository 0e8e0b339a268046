// expect: 4:1: error: 'f' is said to be like 'cos' and like 'sin'
extern double __enzyme_autodiff(void *, ...);
__attribute__((noinline, annotate("enzyme_function_like=sin")))
__attribute__((annotate("enzyme_function_like=cos"))) static double f(double x) { return x * x; }
static double g(double x) { return f(x) + x; }
double slope(double x) { return __enzyme_autodiff((void *)g, x); }
