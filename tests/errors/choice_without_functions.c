// expect: 9:38: error: '__enzyme_trace' needs a function '__enzyme_insert_choice'
// note: no function of the file has that text in its name
// note: define or declare it, or pass a table of functions behind 'enzyme_interface'
double __enzyme_sample(void *, ...);
double __enzyme_trace(void *, ...);
double draw(double m), density(double m, double x);
extern int enzyme_trace;
double f(double m) { return __enzyme_sample((void *)draw, (void *)density, "x", m); }
double g(double m, void *t) { return __enzyme_trace((void *)f, enzyme_trace, t, m); }
