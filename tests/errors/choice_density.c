// expect: 9:10: error: 'density' takes 1 arguments, and is given 2
// note: a log density takes the parameters of the sampler, and the value
double __enzyme_sample(void *, ...);
void __enzyme_likelihood(void *, ...);
extern int enzyme_likelihood;
double draw(double m) { return m; }
double density(double x) { return x; }
double f(double m) {
  return __enzyme_sample((void *)draw, (void *)density, "x", m);
}
void g(double *l) { __enzyme_likelihood((void *)f, enzyme_likelihood, l, 1.0); }
