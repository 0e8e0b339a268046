// expect: 7:105: error: the context has a width of 2
extern int enzyme_context, enzyme_width;
struct three { double a, b, c; };
struct three __enzyme_autodiff(void *, ...);
void *__enzyme_context(int);
static double f(double x) { return x * x; }
struct three slope(double x) { return __enzyme_autodiff((void *)f, enzyme_context, __enzyme_context(2), enzyme_width, 3, x); }
