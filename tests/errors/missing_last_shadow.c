// expect: 6:46: error: the shadow of argument 1 of 'f' is missing
extern int enzyme_dup;
extern double __enzyme_autodiff(void *, ...);
static double f(const double *x) { return x[0] * x[0]; }
void slope(const double *x) {
    __enzyme_autodiff((void *)f, enzyme_dup, x);
}
