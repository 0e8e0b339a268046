// expect: 8:29: error: '__enzyme_trace' without 'enzyme_trace' or 'enzyme_duptrace'
double __enzyme_sample(void *, ...);
double __enzyme_trace(void *, ...);
double draw(double m);
double density(double m, double x);
double f(double m) { return __enzyme_sample((void *)draw, (void *)density, "x", m); }

double g(double m) { return __enzyme_trace((void *)f, m); }
