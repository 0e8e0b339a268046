// expect: 10:16: error: cannot differentiate the bits of a floating value as a whole number
// note: use floating arithmetic (log2, frexp, ldexp, pow), or hide it in an inactive function
extern double __enzyme_autodiff(void *, ...);
static double power(double a, double b) {
  union {
    double d;
    int x[2];
  } u = {a};
  u.x[0] = 0;
  u.x[1] = b * (u.x[1] - 1072632447) + 1072632447;
  return u.d;
}
double d(double a) { return __enzyme_autodiff((void *)power, a, 1.3); }
