// expect: 6:32: error: there is no format of 24 bits
// note: a format is a width (16, 32, 64), or bits of exponent and bits of significand
void *__enzyme_truncate_op_func(void *, ...);
double f(double x) { return x * x; }
double g(double x) {
  return ((double (*)(double))(__enzyme_truncate_op_func((void *)f, 64, 24)))(x);
}
