/* Values held in another representation, which the program's own entries make: here the number of a
   slot in a table that holds a float. */
#include "check.h"

typedef double (*function)(double, int);
void *__enzyme_truncate_mem_func(void *, ...);
double __enzyme_truncate_mem_value(double, ...);
double __enzyme_expand_mem_value(double, ...);

static float table[1000];
static int64_t used;
static int operations, comparisons, wrong;

static double put(float v) {
  double carrier;
  table[used] = v;
  memcpy(&carrier, &used, sizeof used);
  used++;
  return carrier;
}

static float value(double carrier) {
  int64_t slot;
  memcpy(&slot, &carrier, sizeof slot);
  return table[slot];
}

#define FORMAT int64_t exponent, int64_t significand, int64_t mode
#define SEEN (wrong += exponent != 8 || significand != 23 || mode != 1)

double __enzyme_fprt_64_52_new(double a, FORMAT) { return SEEN, put((float)a); }
double __enzyme_fprt_64_52_get(double a, FORMAT) { return SEEN, value(a); }
double __enzyme_fprt_64_52_const(double a, FORMAT) { return SEEN, put((float)a); }

#define OPERATION(name, op)                                       \
  double __enzyme_fprt_64_52_binop_##name(double a, double b, FORMAT) { \
    operations++;                                                 \
    return SEEN, put(value(a) op value(b));                      \
  }
OPERATION(fadd, +)
OPERATION(fsub, -)
OPERATION(fmul, *)
OPERATION(fdiv, /)

double __enzyme_fprt_64_52_intr_llvm_fmuladd_f64(double a, double b, double c, FORMAT) {
  operations++;
  return SEEN, put(value(a) * value(b) + value(c));
}

_Bool __enzyme_fprt_64_52_fcmp_olt(double a, double b, FORMAT) {
  comparisons++;
  return SEEN, value(a) < value(b);
}

double __enzyme_fprt_64_52_func_cbrt(double a, FORMAT) { return SEEN, put(cbrtf(value(a))); }

static double f(double x, int n) {
  double sum = 0, slots[2];
  slots[0] = 1, slots[1] = 2; /* memory that is copied holds no representations */
  for (int i = 0; i < n; i++) {
    if (sum < 10.0) {
      sum += x * slots[i % 2];
      slots[i % 2] = -sum;
    } else {
      sum = sum * 1.25;
    }
  }
  return cbrt(sum) + n + (float)x;
}

static float expected(float x, int n) {
  float sum = 0, slots[2] = {1, 2};
  for (int i = 0; i < n; i++) {
    if (sum < 10.0f) {
      sum = x * slots[i % 2] + sum;
      slots[i % 2] = -sum;
    } else {
      sum = sum * 1.25f;
    }
  }
  return cbrtf(sum) + (float)n + x;
}

int main(void) {
  function held = (function)__enzyme_truncate_mem_func((void *)f, 64, 32);
  for (int n = 0; n < 8; n++) {
    used = 0;
    double in = __enzyme_truncate_mem_value(1.3, 64, 32);
    double out = __enzyme_expand_mem_value(held(in, n), 64, 32);
    check_expect("held", "value", n, out, expected(1.3f, n), 1e-6);
  }
  check_expect("entries", "were given other formats", 0, wrong, 0, 0);
  check_expect("entries", "operations", 0, operations > 50, 1, 0);
  check_expect("entries", "comparisons", 0, comparisons > 20, 1, 0);
  return report();
}
