// expect: 5:33: error: '__enzyme_fwddiff' is declared to return 8 bytes, but the derivative of 'f' has 32
struct large { double v[4]; };
extern double __enzyme_fwddiff(void *, ...);
static struct large f(double x) { return (struct large){{x, x}}; }
double slope(double x) { return __enzyme_fwddiff((void *)f, x, 1.0); }
