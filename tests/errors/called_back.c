// expect: 16:16: error: cannot differentiate the call to 'integrate'
// note: call the function yourself, or give the derivative of the call by hand
extern double __enzyme_autodiff(void *, ...);
struct function { double (*f)(double); int order; };
double integrate(const struct function *, double, double);

static double slope, other;
static double line(double x) { return slope * x; }
static double unrelated(double x) { return 2 * x; }

static double f(double x) {
  struct function first = {unrelated, 2}, second = {line, 2};
  other = x;
  double y = other * integrate(&first, 0, 1); // touches nothing that is active
  slope = x;
  y += slope * integrate(&second, 0, 1);
  return y;
}
double d(double x) { return __enzyme_autodiff((void *)f, x); }
