// expect: 6:7: error: wrong registration '__enzyme_inactivefn_f'
// note: its element 1 is no function
extern double __enzyme_autodiff(void *, ...);
double global;
static double f(double x) { return x * x; }
void *__enzyme_inactivefn_f[] = {(void *)&global};
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
