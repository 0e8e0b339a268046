// expect: 5:33: error: the result of 'f' has no single derivative
struct mixed { double v; long n; };
extern double __enzyme_autodiff(void *, ...);
static struct mixed f(double x) { return (struct mixed){x * x, 1}; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
