// expect: 6:71: error: the shadow of argument 1 of 'norm' is missing
// note: argument 1 of 'norm' is a struct of (double, double, pointer), passed in memory
double __enzyme_autodiff(void *, ...);
struct data { double x, y; double *more; };
static double norm(struct data d) { return d.x * d.x + d.y * *d.more; }
double slope(struct data *p) { return __enzyme_autodiff((void *)norm, *p); }
