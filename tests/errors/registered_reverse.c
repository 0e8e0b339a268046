// expect: 7:1: error: 'backward' does not fit as the reverse function of 'f'
// note: its prototype has to be: struct { double d0; double d1; } f(double x0, double x1, double seed, void *tape)
extern double __enzyme_autodiff(void *, ...);
static double f(double x, double y) { return x * y; }
struct made { void *tape; double value; };
static struct made forward(double x, double y) { return (struct made){0, x * y}; }
static double backward(double x, double y, double seed, void *tape) { return y * seed; }
void *__enzyme_register_gradient_f[] = {(void *)f, (void *)forward, (void *)backward};
double slope(double x) { return __enzyme_autodiff((void *)f, x, 2.0); }
