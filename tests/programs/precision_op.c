/* Operations at lower precision: each operand and each result is rounded, memory stays as it is;
   functions that are called lose precision too, and a function that asks for a gradient may. */
// levels: precise
#include "check.h"

typedef double (*binary)(double, double);
void *__enzyme_truncate_op_func(void *, ...);

static double rounded(double x, int exponent, int significand) {
  if (x == 0 || isnan(x) || isinf(x)) return x;
  int top;
  frexp(x, &top);
  int least = 2 - (1 << (exponent - 1));
  int last = (top - 1 > least ? top - 1 : least) - significand;
  double result = nearbyint(x / ldexp(1, last)) * ldexp(1, last);
  return fabs(result) >= ldexp(1, 1 << (exponent - 1)) ? copysign(INFINITY, x) : result;
}

static void near(const char *name, double got, double want, double relative) {
  check_expect(name, "value", 0, got, want, relative * fabs(want));
}

static void same(const char *name, int got, int want) {
  check_expect(name, "is", 0, got, want, 0);
}

static double memory[2];

NOINLINE static double helper(double a, double b) {
  memory[0] = a;
  return memory[0] / b;
}

static double f(double x, double y) {
  double sum = 0;
  for (int i = 0; i < 5; i++) {
    double term = helper(x, y + i);
    sum = sum + term;
  }
  return sum < 100 ? exp(sum) : -sum;
}

static double by_hand(double x, double y, int e, int s) {
  double sum = 0;
#define R(x) rounded(x, e, s)
  for (int i = 0; i < 5; i++) {
    double term = R(R(x) / R(R(y) + i));
    sum = R(sum + term);
  }
  return sum < 100 ? R(exp(sum)) : -sum;
}

static double gradient(double x, double y) { return __enzyme_autodiff((void *)f, x, y); }

static float low(float x) { return x / 3; }
typedef float (*of_float)(float);

static double extremes(double x, double y) { return x * y; }

int main(void) {
  const int formats[][2] = {{8, 23}, {5, 10}, {11, 8}, {8, 7}, {4, 3}};
  const binary made[] = {
      (binary)__enzyme_truncate_op_func((void *)f, 64, 32),
      (binary)__enzyme_truncate_op_func((void *)f, 64, 16),
      (binary)__enzyme_truncate_op_func((void *)f, 64, 11, 8),
      (binary)__enzyme_truncate_op_func((void *)f, 64, 8, 7),
      (binary)__enzyme_truncate_op_func((void *)f, 64, 4, 3),
  };
  for (int k = 0; k < 5; k++)
    for (double x = 0.1; x < 3; x += 0.37) {
      double want = by_hand(x, 1.7, formats[k][0], formats[k][1]);
      near("f", made[k](x, 1.7), want, 0);
      near("memory", memory[0], x, 0);
    }
  near("the function itself", f(1.1, 0.7), by_hand(1.1, 0.7, 11, 52), 1e-12);
  binary slope = (binary)__enzyme_truncate_op_func((void *)gradient, 64, 32);
  near("gradient", slope(1.1, 1.7), gradient(1.1, 1.7), 1e-5);
  same("is rounded", slope(1.1, 1.7) != gradient(1.1, 1.7), 1);
  of_float half = (of_float)__enzyme_truncate_op_func((void *)low, 32, 16);
  near("float", half(1.1f), rounded(rounded(1.1f, 5, 10) / 3, 5, 10), 0);
  binary product = (binary)__enzyme_truncate_op_func((void *)extremes, 64, 16);
  same("too large", isinf(product(60000, 2)), 1);
  near("subnormal", product(0x1p-14, 0x1.8p-9), 0x1.8p-23, 0);
  near("too small", product(0x1p-14, 0x1p-11), 0, 0);
  return report();
}
