// expect: 15:3: error: cannot call 'scale_forward' for 2 directions at once
// note: it is called once for each, but may change memory that it reads, behind argument 1 of 'scale'
extern int enzyme_width;
struct two { double a, b; };
extern struct two __enzyme_fwddiff(void *, ...);
static __attribute__((noinline)) void scale(double *x) { *x *= *x; }
extern void square(double *x); /* what it does is not known here */
static void scale_forward(double *x, double *dx) {
  *dx = 2 * *x * *dx;
  square(x);
}
void *__enzyme_register_derivative_scale[] = {(void *)scale, (void *)scale_forward};
static double f(double x) {
  double y = x;
  scale(&y);
  return y;
}
struct two slope(double x) { return __enzyme_fwddiff((void *)f, enzyme_width, 2, x, 1.0, 2.0); }
