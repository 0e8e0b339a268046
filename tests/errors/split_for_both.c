// expect: 9:3: error: one tape cannot serve both '__enzyme_reverse' and '__enzyme_fwdsplit'
extern void *__enzyme_augmentfwd(void *, ...);
extern void __enzyme_reverse_void(void *, ...);
extern void __enzyme_fwdsplit_void(void *, ...);
static void f(double *x) { *x *= *x; }
void g(double *x, double *dx) {
  void *tape = __enzyme_augmentfwd((void *)f, x, dx);
  __enzyme_fwdsplit_void((void *)f, x, dx, tape);
  __enzyme_reverse_void((void *)f, x, dx, tape);
}
