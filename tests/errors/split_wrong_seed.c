// expect: 5:43: error: the seed does not fit the result of 'f'
extern void __enzyme_reverse_void(void *, ...);
static double f(const double *x) { return *x * *x; }
void g(double *x, double *dx, void *tape) {
  __enzyme_reverse_void((void *)f, x, dx, 1, tape);
}
