// expect: 6:10: error: cannot differentiate a function at lower precision
// note: precision is lowered after differentiation
void *__enzyme_truncate_op_func(void *, ...);
static double f(double x) { return x * x; }
static double g(double x) {
  return ((double (*)(double))__enzyme_truncate_op_func((void *)f, 64, 32))(x) * 2;
}
double __enzyme_autodiff(void *, ...);
double slope(double x) { return __enzyme_autodiff((void *)g, x); }
