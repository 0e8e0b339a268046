// expect: 5:32: error: cannot tell which function is to lose precision, or it is defined elsewhere
void *__enzyme_truncate_op_func(void *, ...);
double f(double x);
double g(double x) {
  return ((double (*)(double))(__enzyme_truncate_op_func((void *)f, 64, 32)))(x);
}
