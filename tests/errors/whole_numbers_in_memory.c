// expect: 11:12: error: cannot differentiate the bits of a floating value as a whole number
// note: use floating arithmetic (log2, frexp, ldexp, pow), or hide it in an inactive function
extern double __enzyme_autodiff(void *, ...);
static double exponential(const double *x, int n) {
  long long sum = 0;
  union { long long bits; double number; } u;
  long long kept[8];
  for (int i = 0; i < n; i++) kept[i] = (long long)(x[i] * 6497320848556798.0);
  sum = kept[n / 2];
  u.bits = sum + 4606853616395542500;
  return u.number;
}
void d(const double *x, double *dx, int n) { __enzyme_autodiff((void *)exponential, x, dx, n); }
