// expect: 7:46: error: the derivative registered for 'f' does not return its result, which is needed here
// note: let it return a struct: {tape, result}
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
static void *forward(double x) { return 0; }
static double backward(double x, double seed, void *tape) { return 2 * x * seed; }
static double uses(double x) { double y; y = f(x); return y * y; }
void *__enzyme_register_gradient_f[] = {(void *)f, (void *)forward, (void *)backward};
double slope(double x) { return __enzyme_autodiff((void *)uses, x); }
