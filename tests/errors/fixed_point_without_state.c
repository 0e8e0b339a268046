// expect: 4:21: error: '__enzyme_fixed_point' without a state
void __enzyme_fixed_point(void *, ...);
static int step(int i, double *x) { *x *= 0.5; return i < 10; }
void f(double *x) { __enzyme_fixed_point((void *)step, x); }
