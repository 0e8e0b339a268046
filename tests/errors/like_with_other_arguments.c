// expect: 4:1: error: 'f' is said to be like 'pow', which takes other arguments
// note: name a function with the same parameters and result
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
void *__enzyme_function_like_f[] = {(void *)f, "pow"};
static double g(double x) { return f(x); }
double slope(double x) { return __enzyme_autodiff((void *)g, x); }
