// expect: 6:1: error: 'forward' does not fit as the augmented function of 'f'
// note: its prototype has to be: struct { void *tape; double result; } f(void *x0, void *dx0, double x1)
extern double __enzyme_autodiff(void *, ...);
static double f(const double *x, double s) { return *x * s; }
struct made { void *tape; double value; };
static struct made forward(const double *x, double s) { return (struct made){0, *x * s}; }
static double backward(const double *x, double *dx, double s, double seed, void *tape) { return *x * seed; }
void *__enzyme_register_gradient_f[] = {(void *)f, (void *)forward, (void *)backward};
double slope(double *x, double *dx) { return __enzyme_autodiff((void *)f, x, dx, 2.0); }
