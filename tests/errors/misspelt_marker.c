// expect: 5:12: error: unknown marker '__enzyme_autodif'; did you mean '__enzyme_autodiff'?
extern double __enzyme_autodif(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) {
    return __enzyme_autodif((void *)f, x);
}
