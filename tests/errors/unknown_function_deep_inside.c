// expect: 5:53: error: cannot differentiate the call to 'mystery'
extern double __enzyme_autodiff(void *, ...);
extern int enzyme_dup;
extern void mystery(double *x, int n);
static void helper(double *x, int n) { x[0] *= 2.0; mystery(x, n); }
static double f(double *x) {
    helper(x, 2);
    return x[0] + x[1];
}
void slope(double *x, double *dx) { __enzyme_autodiff((void *)f, enzyme_dup, x, dx); }
