// expect: 5:7: error: wrong registration '__enzyme_shadow_global_weights'
// note: 'weights' has 16 bytes, and 'shadow' 8
extern double __enzyme_autodiff(void *, ...);
double weights[2] = {1, 2}, shadow;
void *__enzyme_shadow_global_weights[] = {(void *)weights, (void *)&shadow};
static double f(double x) { return x * weights[1]; }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
