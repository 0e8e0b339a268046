// expect: 6:88: error: 'enzyme_primal_return' for 'f', which returns a large struct
extern int enzyme_primal_return;
struct large { double v[4]; };
extern double __enzyme_autodiff(void *, ...);
static struct large f(double x) { return (struct large){{x, x}}; }
double slope(double x, struct large *seed) { return __enzyme_autodiff((void *)f, seed, enzyme_primal_return, x); }
