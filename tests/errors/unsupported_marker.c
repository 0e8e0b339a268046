// expect: 5:13: error: '__enzyme_fwdsplit' is not supported yet
extern double __enzyme_fwdsplit(void *, ...);
static double f(double x) { return x * x; }
void g(double *result, double x) {
  *result = __enzyme_fwdsplit((void *)f, x);
}
