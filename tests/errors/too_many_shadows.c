// expect: 5:88: error: more shadows than values behind 'enzyme_interleave'
extern int enzyme_interleave;
extern double __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
double slope(double x) { return __enzyme_fwddiff((void *)f, x, enzyme_interleave, 1.0, 2.0); }
