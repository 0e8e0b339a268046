// expect: 7:7: error: wrong registration '__enzyme_register_gradient_f'
// note: it has 2 elements, and 3 are wanted
// note: write {function, augmented, reverse}
extern double __enzyme_autodiff(void *, ...);
static double f(double x) { return x * x; }
static double backward(double x, double seed) { return 2 * x * seed; }
void *__enzyme_register_gradient_f[] = {(void *)f, (void *)backward};
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
