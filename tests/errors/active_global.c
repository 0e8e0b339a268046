// expect: 4:62: error: cannot differentiate through the global variable 'state'
extern double __enzyme_autodiff(void *, ...);
static double state;
static __attribute__((noinline)) void keep(double x) { state += x * x; }
static double f(double x) {
    keep(x);
    return state * x;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
double so_far(void) { return state; }
