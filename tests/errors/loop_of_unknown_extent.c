// expect: 5:65: error: cannot tell how much memory an annotated loop writes
// note: say so in front of the loop: '__enzyme_ptr_size_hint(pointer, bytes, 0)'
double __enzyme_autodiff(void *, ...);
void __enzyme_set_checkpointing(unsigned long, unsigned long);
static double f(double *x, int n) { for (int i = 0; i < n; i++) __enzyme_set_checkpointing(2, 4), x[0] *= x[1]; return x[0]; }
double g(double *x, double *dx) { return __enzyme_autodiff((void *)f, x, dx, 3); }
