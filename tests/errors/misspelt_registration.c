// expect: 6:7: error: unknown registration '__enzyme_register_gradeint_f'; did you mean '__enzyme_register_gradient'?
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
static double forward(double x) { return x * x; }
static double backward(double x, double seed) { return 2 * x * seed; }
void *__enzyme_register_gradeint_f[] = {(void *)f, (void *)forward, (void *)backward};
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
