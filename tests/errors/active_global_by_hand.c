// expect: 8:29: error: cannot differentiate through the global variable 'buffer'
extern double __enzyme_autodiff(void *, ...);
static double buffer[4];
static void fill(double *p, double x) { *p = x; }
static void forward(double *p, double *dp, double x) { *p = x; }
static double backward(double *p, double *dp, double x) { double g = *dp; *dp = 0; return g; }
void *__enzyme_register_gradient_fill[] = {(void *)fill, (void *)forward, (void *)backward};
static double f(double x) { fill(buffer, x); return buffer[0] * x; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
