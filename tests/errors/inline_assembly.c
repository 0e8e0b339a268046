// expect: 4:5: error: cannot differentiate inline assembly on active data
extern double __enzyme_autodiff(void *, ...);
static double f(double x) {
    __asm__("addsd %0, %0" : "+x"(x));
    return x;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
