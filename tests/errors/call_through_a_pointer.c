// expect: 3:57: error: cannot differentiate a call through a function pointer
extern double __enzyme_autodiff(void *, ...);
static double f(double x, double (*g)(double)) { return g(x) * x; }
extern int enzyme_const;
double slope(double x, double (*g)(double)) {
    return __enzyme_autodiff((void *)f, x, enzyme_const, g);
}
