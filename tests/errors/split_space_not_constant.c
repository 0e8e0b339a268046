// expect: 6:57: error: the operand of 'enzyme_allocated' has to be a constant
extern int enzyme_allocated, enzyme_tape;
extern void __enzyme_augmentfwd_void(void *, ...);
static double f(const double *x) { return *x * *x; }
void g(double *x, double *dx, void *tape, long n) {
  __enzyme_augmentfwd_void((void *)f, enzyme_allocated, n, enzyme_tape, tape, x, dx);
}
