// expect: 8:57: error: 'enzyme_allocated' says 4 bytes, but the tape of 'f' has 8
extern int enzyme_allocated, enzyme_tape;
extern void __enzyme_augmentfwd_void(void *, ...);
static double f(const double *x) {
  return *x * *x;
}
void g(double *x, double *dx, void *tape) {
  __enzyme_augmentfwd_void((void *)f, enzyme_allocated, (long)4, enzyme_tape, tape, x, dx);
}
