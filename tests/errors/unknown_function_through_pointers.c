// expect: 8:12: error: cannot differentiate the call to 'total'
extern double __enzyme_autodiff(void *, ...);
struct box { double *numbers; int n; };
extern double total(const struct box *b);
static double f(double x) {
    double numbers[2] = {x, 2 * x};
    struct box b = {numbers, 2};
    return total(&b) + x;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
