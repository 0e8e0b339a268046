// expect: 7:7: error: wrong registration '__enzyme_allocation_like_scale'
// note: 'scale' returns no pointer
// note: name the function that hands out the block
extern double __enzyme_autodiff(void *, ...);
__attribute__((noinline)) static double scale(double x, long n) { return x * n; }
static void release(void *p) { (void)p; }
void *__enzyme_allocation_like_scale[] = {(void *)scale, (void *)1, (void *)"-1", (void *)release};
static double f(double x) { return scale(x, 3); }
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
