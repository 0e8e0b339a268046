// expect: 7:54: error: the shadow of argument 1 of 'f' is missing
// note: pass the shadow behind it, or write 'enzyme_const' in front of argument 1 of 'f'; a struct passed in registers is several arguments: pass their shadows behind 'enzyme_interleave'
extern int enzyme_dup;
struct pair { double a; long n; };
extern double __enzyme_fwddiff(void *, ...);
static double f(struct pair p) { return p.a * p.n; }
double slope(struct pair p, struct pair dp) { return __enzyme_fwddiff((void *)f, enzyme_dup, p, dp); }
