// expect: 5:5: error: unknown schedule 'revolv'; there are "none", "periodic", "regular", "revolve", "store_all", "binomial"
double __enzyme_autodiff(void *, ...);
static double f(double x) {
    double s = x;
    #pragma enzyme checkpoint("revolv", 4)
    for (int i = 0; i < 10; i++) s = s * x;
    return s;
}
double g(double x) { return __enzyme_autodiff((void *)f, x); }
