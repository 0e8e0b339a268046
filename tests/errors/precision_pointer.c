// expect: 4:54: error: cannot lower the precision of a call through a function pointer
// note: call the function by its name
void *__enzyme_truncate_op_func(void *, ...);
double f(double (*h)(double), double x) { return x * h(x); }
double g(double x) {
  typedef double (*function)(double (*)(double), double);
  return ((function)__enzyme_truncate_op_func((void *)f, 64, 32))(0, x);
}
