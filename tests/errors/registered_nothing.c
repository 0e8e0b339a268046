// expect: 5:7: error: wrong registration '__enzyme_inactivefn_log'
// note: it names no function
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
void *__enzyme_inactivefn_log[] = {0};
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
