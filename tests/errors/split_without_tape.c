// expect: 5:3: error: '__enzyme_reverse' without a tape
extern void __enzyme_reverse_void(void *, ...);
static double f(const double *x) { return *x * *x; }
void g(double *x, double *dx) {
  __enzyme_reverse_void((void *)f, x, dx);
}
