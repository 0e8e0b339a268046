// expect: 15:3: error: cannot call 'scale_reverse' for 2 directions at once
// note: it is called once for each, but may change memory that it reads, behind argument 1 of 'scale'
extern int enzyme_width;
extern void __enzyme_autodiff(void *, ...);
static __attribute__((noinline)) void scale(double *x) { *x *= 3; }
static void scale_augmented(double *x, double *dx) { *x *= 3; }
extern void back(double *x, double by); /* what it does is not known here */
static void scale_reverse(double *x, double *dx) {
  back(x, 3);
  *dx *= 3;
}
void *__enzyme_register_gradient_scale[] = {(void *)scale, (void *)scale_augmented, (void *)scale_reverse};
static void f(double *x, double *y) {
  *y = *x;
  scale(y);
}
void slopes(double *x, double *dx, double *y, double *dy) {
  __enzyme_autodiff((void *)f, enzyme_width, 2, x, dx, dx + 1, y, dy, dy + 1);
}
