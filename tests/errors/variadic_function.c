// expect: 5:30: error: cannot differentiate 'sum', which takes a variable number of arguments
extern double __enzyme_autodiff(void *, ...);
static double sum(int n, ...) { return n; }
double slope(double x) {
    return __enzyme_autodiff((void *)sum, 1, x);
}
