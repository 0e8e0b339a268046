// expect: 6:36: error: 'enzyme_primal_return' has no meaning in '__enzyme_reverse'
extern int enzyme_primal_return;
extern void __enzyme_reverse_void(void *, ...);
static double f(const double *x) { return *x * *x; }
void g(double *x, double *dx, void *tape) {
  __enzyme_reverse_void((void *)f, enzyme_primal_return, x, dx, 1.0, tape);
}
