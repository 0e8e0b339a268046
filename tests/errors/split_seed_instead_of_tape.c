// expect: 5:43: error: the tape is missing: the last argument has to be its address
extern void __enzyme_reverse_void(void *, ...);
static double f(const double *x) { return *x * *x; }
void g(double *x, double *dx) {
  __enzyme_reverse_void((void *)f, x, dx, 1.0);
}
