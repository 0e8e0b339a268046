// expect: 7:5: error: cannot differentiate the call to 'step'
extern double __enzyme_autodiff(void *, ...);
double number;
extern void step(void);
static double f(double x) {
    number = 2 * x;
    step();
    return number;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
