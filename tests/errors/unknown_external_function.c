// expect: 6:9: error: cannot differentiate the call to 'mystery'
extern double __enzyme_autodiff(void *, ...);
extern double mystery(double x);
static double f(double x) {
    return x *
        mystery(x);
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
