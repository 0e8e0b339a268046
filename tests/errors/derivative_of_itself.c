// expect: 6:45: error: cannot differentiate 'f': it asks for its own derivative
// note: 'f' contains a marker, and each derivative that it asks for contains that function again
// note: ask for derivatives of other functions only
extern double __enzyme_autodiff(void *, ...);
double f(double x);
double f(double x) { return x < 1 ? x : x * __enzyme_autodiff((void *)f, x - 1); }
