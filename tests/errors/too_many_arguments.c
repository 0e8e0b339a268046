// expect: 6:44: error: too many arguments for 'f': it takes 1
// note: a number passed by value takes no shadow: its gradient is returned
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x, double *dx) {
    return __enzyme_autodiff((void *)f, x, dx);
}
