// expect: 6:46: error: too many arguments behind those of 'f'
// note: a seed and a tape may follow, and 3 values do
extern double __enzyme_reverse(void *, ...);
static double f(double x) { return x * x; }
double slope(double x, void *tape) {
  return __enzyme_reverse((void *)f, x, 1.0, 1.0, tape);
}
