// expect: 7:80: error: cannot differentiate by argument 1 of 'f'
// note: it is a struct whose floating numbers share a register with integers
struct tagged { float value; int tag; };
extern double __enzyme_fwddiff(void *, ...);
extern int enzyme_dup;
static double f(struct tagged p) { return p.value; }
double slope(struct tagged p) { return __enzyme_fwddiff((void *)f, enzyme_dup, p, p); }
