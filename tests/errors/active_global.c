// expect: 5:68: error: cannot differentiate through the global variable 'state'
// note: it holds pointers beside active data, and enzcc makes no shadow of such a variable
extern double __enzyme_autodiff(void *, ...);
static struct { double *where, value; } state;
static __attribute__((noinline)) void keep(double x) { state.value += x * *state.where; }
static double f(double x) {
    double y = x * x;
    state.where = &y;
    keep(x);
    return state.value * x;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
double so_far(void) { return state.value; }
