// expect: 6:1: error: 'tangent' does not fit as the tangent of 'f'
// note: its prototype has to be: struct { double result; double tangent; } f(double x0, double dx0, int x1, int dx1)
extern double __enzyme_fwddiff(void *, ...);
static double f(double x, int n) { return x * n; }
struct pair { double value, tangent; };
static struct pair tangent(double x, double dx, int n) { return (struct pair){x * n, dx * n}; }
void *__enzyme_register_derivative_f[] = {(void *)f, (void *)tangent};
double slope(double x) { return __enzyme_fwddiff((void *)f, x, 1.0, 3); }
