// expect: 7:12: error: cannot differentiate the call to 'total'
extern double __enzyme_autodiff(void *, ...);
double number;
extern double total(void);
static double f(double x) {
    number = 2 * x;
    return total();
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
