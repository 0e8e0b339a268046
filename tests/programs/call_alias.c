/* A function under another name, also as the function that is differentiated, and as a pointer. */
#include "check.h"

static double square(double x) { return x * x; }
double other_name(double x) __attribute__((alias("square")));
double third_name(double x) __attribute__((alias("other_name")));
double weak_name(double x) __attribute__((weak, alias("square")));

static double buffer[2];
extern double same_buffer[2] __attribute__((alias("buffer")));

static double f(double x) { return third_name(x) * 3 + other_name(x); }
static double g(double x) {
  same_buffer[1] = x * x;
  return buffer[1] * x;
}
static double h(double x, int n) {
  double (*const table[])(double) = {other_name, sin};
  return table[n](x);
}

int main(void) {
  check_expect("f", "slope", 0, __enzyme_autodiff((void *)f, 2.0), 16, 1e-12);
  check_expect("alias", "slope", 0, __enzyme_autodiff((void *)other_name, 2.0), 4, 1e-12);
  check_expect("variable", "slope", 0, __enzyme_autodiff((void *)g, 2.0), 12, 1e-12);
  check_expect("forward", "slope", 0, __enzyme_fwddiff((void *)g, 2.0, 1.0), 12, 1e-12);
  check_expect("table", "slope", 0, __enzyme_autodiff((void *)h, 2.0, 0), 4, 1e-12);
  check_expect("weak", "value", 0, weak_name(3), 9, 0);
  return report();
}
