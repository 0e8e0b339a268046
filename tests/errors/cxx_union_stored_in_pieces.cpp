// expect: 28:12: error: cannot differentiate floating values that are moved in pieces
// note: their bytes are read and written one by one, as smaller integers
// note: copy whole values, or use memcpy or memmove
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
  Maybe *all = new Maybe[n];
  for (int k = 0; k < n; k++)
    all[k] = find(x, n - k);
  double s = 0;
  for (int k = 0; k < n; k++)
    if (all[k].is)
      s += all[k].pair.a * all[k].pair.b;
  delete[] all;
  return s;
}
void gradient(const double *x, double *dx, int n) {
  __enzyme_autodiff((void *)f, x, dx, n);
}
