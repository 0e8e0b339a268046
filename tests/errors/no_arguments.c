// expect: 4:12: error: '__enzyme_autodiff' without a function to differentiate
extern double __enzyme_autodiff();
double slope(void) {
    return __enzyme_autodiff();
}
