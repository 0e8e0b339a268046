// expect: 4:51: error: '__enzyme_zero_shadows' takes 1 argument: a context
// note: 2 are passed
double __enzyme_zero_shadows(void *, ...);
void g(double *result, double *x) { *result = 3 * __enzyme_zero_shadows((void *)g, x); }
