// expect: 8:36: error: cannot differentiate the call to 'chosen'
// note: which function that is turns out when the program is loaded (ifunc)
// note: call the function that is meant by its own name
extern double __enzyme_autodiff(void *, ...);
static double square(double x) { return x * x; }
static void *resolve(void) { return (void *)square; }
double chosen(double x) __attribute__((ifunc("resolve")));
static double f(double x) { return chosen(x) * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
