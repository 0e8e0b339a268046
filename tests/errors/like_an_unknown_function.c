// expect: 4:1: error: 'f' is said to be like 'mystery', which is not known
// note: name a function of the C library that has a derivative, is inactive, or allocates
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
void *__enzyme_function_like_f[] = {(void *)f, "mystery"};
static double g(double x) { return f(x); }
double slope(double x) { return __enzyme_autodiff((void *)g, x); }
