// expect: 5:13: error: '__enzyme_trace' is not supported yet
extern double __enzyme_trace(void *, ...);
static double f(double x) { return x * x; }
void g(double *result, double x) {
  *result = __enzyme_trace((void *)f, x);
}
