// expect: 6:12: error: too few arguments for 'f': it takes 2, none given
// note: 'f' takes ('double', 'double'); what stands behind 'enzyme_interleave' are shadows
// note: write it behind the arguments, and all shadows behind it
extern double __enzyme_fwddiff(void *, ...);
extern int enzyme_interleave; static double f(double x, double y) { return x * y; } double slope(double x) {
    return __enzyme_fwddiff((void *)f, enzyme_interleave, x, 1.0, x, 0.0); }
