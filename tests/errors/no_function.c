// expect: 4:30: error: cannot tell which function is to be differentiated
extern double __enzyme_autodiff(void *, ...);
double slope(double *x) {
    return __enzyme_autodiff(x, 1.0);
}
