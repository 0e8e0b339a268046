// expect: 8:63: error: the result of '__enzyme_todense' is used in an unsupported way
// note: give it to a derivative as a shadow, of floating values only
void *__enzyme_todense(void *, ...);
void __enzyme_fwddiff(void *, ...);
static double load(long at) { return at; }
static void store(double v, long at) {}
static void f(double *x, double *y) { __builtin_memcpy(y, x, 80); }
void g(double *x, double *y) { __enzyme_fwddiff((void *)f, x, __enzyme_todense((void *)load, (void *)store), y, y); }
