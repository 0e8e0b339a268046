// expect: 5:51: error: cannot differentiate 'elsewhere': it has no definition here
// note: 'elsewhere' is only declared; is it defined in another file?
extern double __enzyme_autodiff(void *, ...);
extern double elsewhere(double x);
double slope(double x) { return __enzyme_autodiff((void *)elsewhere, x); }
