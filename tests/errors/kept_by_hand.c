// expect: 14:3: error: cannot differentiate through the global variable 'latest'
// note: name the shadow: ENZYME_SHADOW_GLOBAL(latest, ...); (<enzyme.h>)
extern double __enzyme_autodiff(void *, ...);
static double *latest, *dlatest;
__attribute__((noinline)) static void keep(double *x) { latest = x; }
static void augmented(double *x, double *dx) { latest = x, dlatest = dx; }
static void reverse(double *x, double *dx) {}
void *__enzyme_register_gradient_keep[] = {(void *)keep, (void *)augmented, (void *)reverse};

static double f(double u, int n) {
  double x[2] = {u, u * u}, s;
  keep(x + 1);
  s = x[n];
  latest[0] = s * s;
  return x[1] * u;
}
double d(double x) { return __enzyme_autodiff((void *)f, x, 1); }
