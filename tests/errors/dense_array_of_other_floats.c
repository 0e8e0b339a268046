// expect: 7:36: error: 'load' returns 'float', and the derivative loads 'double'
void *__enzyme_todense(void *, ...);
double __enzyme_fwddiff(void *, ...);
static float load(long at) { return at; }
static void store(float v, long at) {}
static double f(double *x) { return x[0] * x[0]; }
double g(double *x) { double *dx = __enzyme_todense((void *)load, (void *)store);  return __enzyme_fwddiff((void *)f, x, dx); }
