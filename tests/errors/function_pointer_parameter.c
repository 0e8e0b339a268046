// expect: 5:30: error: cannot tell which function is to be differentiated
// note: it comes with a parameter of 'slope'
extern double __enzyme_autodiff(void *, ...);
double slope(double (*f)(double), double x) {
    return __enzyme_autodiff((void *)f, x);
}
