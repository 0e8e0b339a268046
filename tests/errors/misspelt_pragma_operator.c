// expect: 5:3: error: cannot read the pragma 'checkpiont'; write checkpoint("revolve", 4)
extern double __enzyme_autodiff(void *, ...);
static double f(double x, int n) {
  double s = x;
  _Pragma("enzyme checkpiont(\"revolve\", 4)")
  for (int i = 0; i < n; i++) s += 0.1 * s * s;
  return s;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x, 10); }
