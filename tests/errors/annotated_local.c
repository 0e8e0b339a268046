// expect: 5:1: error: wrong annotation 'enzyme_inactive' of a local variable, a parameter or a member
// note: it belongs on a function, or on a global variable
extern double __enzyme_autodiff(void *, ...);
static double f(double x) {
  double weight __attribute__((annotate("enzyme_inactive"))) = 2 * x;
  return weight * x;
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
