// expect: 8:5: error: cannot differentiate the call to 'step'
// note: 'step' has no definition in this file and no known derivative, and may read or change 'number'
extern double __enzyme_autodiff(void *, ...);
double number;
extern void step(void);
static double f(double x) {
    number = 2 * x;
    step();
    return number;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
