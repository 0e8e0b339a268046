// expect: 5:62: error: the shadow of the struct that 'f' returns is missing
struct large { double v[4]; };
extern double __enzyme_autodiff(void *, ...);
static struct large f(double x) { return (struct large){{x, x}}; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
