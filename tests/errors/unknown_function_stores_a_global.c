// expect: 8:5: error: cannot differentiate the call to 'get'
extern double __enzyme_autodiff(void *, ...);
double number;
extern void get(double *);
static double f(double x) {
    double y = 0;
    number = 2 * x;
    get(&y);
    return y;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
