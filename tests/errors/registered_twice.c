// expect: 8:7: error: wrong registration '__enzyme_register_derivative_again'
// note: another registration says something else of 'f'
extern double __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
static struct two { double value, tangent; } one(double x, double t) { return (struct two){x * x, 2 * x * t}; }
static struct two other(double x, double t) { return (struct two){x * x, 3 * x * t}; }
void *__enzyme_register_derivative_f[] = {(void *)f, (void *)one};
void *__enzyme_register_derivative_again[] = {(void *)f, (void *)other};
double slope(double x) { return __enzyme_fwddiff((void *)f, x, 1.0); }
