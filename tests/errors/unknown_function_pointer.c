// expect: 6:30: error: cannot tell which function is to be differentiated
// note: 'objective' is a variable, which may change
extern double __enzyme_autodiff(void *, ...);
double (*objective)(double);
double slope(double x) {
    return __enzyme_autodiff((void *)objective, x);
}
