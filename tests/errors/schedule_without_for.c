// expect: 5:5: error: only a 'for' statement can have a schedule of checkpoints
double __enzyme_autodiff(void *, ...);
static double f(double x) {
    double s = x;
    [[enzyme::checkpoint("revolve", 4)]] while (s < 10) s = s * x;
    return s;
}
double g(double x) { return __enzyme_autodiff((void *)f, x); }
