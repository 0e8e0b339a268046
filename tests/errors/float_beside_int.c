// expect: 7:81: error: cannot differentiate by argument 1 of 'f'
// note: it is a struct whose floating numbers share a register with integers
struct tagged { float value; int tag; };
extern double __enzyme_autodiff(void *, ...);
extern int enzyme_out;
static double f(struct tagged p) { return p.value; }
double slope(struct tagged p) { return __enzyme_autodiff((void *)f, enzyme_out, p); }
