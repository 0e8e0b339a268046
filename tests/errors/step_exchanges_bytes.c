// expect: 7:18: error: a step of a loop that keeps few states stores a pointer
// note: copy the data instead of exchanging pointers, or leave the loop as it is
double __enzyme_autodiff(void *, ...);
void __enzyme_checkpoint_for(void *, ...);
struct b { double *p; long n; };
static void step(int i, struct b *a, struct b *c, long n) {
    if (i % 2)   __builtin_memcpy(a, c, n * sizeof *a);
    for (int j = 0; j < a->n; j++) a->p[j] += c->p[j] * i;
}
static double f(double *x, long n) {
    double y[1] = {0}; struct b a = {x, 1}, c = {y, 1};
    __enzyme_checkpoint_for((void *)step, 0, 3, &a, &c, n);
    return a.p[0];
}
double g(double *x, double *dx, long n) { return __enzyme_autodiff((void *)f, x, dx, n); }
