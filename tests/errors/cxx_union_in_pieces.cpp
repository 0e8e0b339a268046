// expect: 28:12: error: cannot differentiate integer arithmetic ('or') on the bits of a floating value
// note: the result is used as a floating value again, and its derivative cannot be told from the bits
// note: use floating arithmetic (fabs, copysign, ldexp, frexp), or hide it in an inactive function
template <class... T> void __enzyme_autodiff(T...);

struct Pair {
  double a, b;
};
struct Maybe {
  union {
    int none;
    Pair pair;
  };
  bool is;
  Maybe() : none(0), is(false) {}
  Maybe(Pair p) : pair(p), is(true) {}
};
static Maybe find(const double *x, int n) { // LLVM moves a double as the first member and what is behind it
  Maybe found;
  for (int i = 0; i < n; i++)
    if (x[i] > x[0])
      found = Maybe(Pair{x[i], x[i] * x[0]});
  return found;
}
static double f(const double *x, int n) {
  Maybe all[2];
  for (int k = 0; k < 2; k++)
    all[k] = find(x, n - k);
  double s = 0;
  for (Maybe &one : all)
    if (one.is)
      s += one.pair.a * one.pair.b;
  return s;
}
void gradient(const double *x, double *dx, int n) {
  __enzyme_autodiff((void *)f, x, dx, n);
}
