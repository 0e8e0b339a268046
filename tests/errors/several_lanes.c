// expect: 6:37: error: a width of more than 1 is not supported yet
extern int enzyme_width;
struct two { double a, b; };
extern struct two __enzyme_fwddiff(void *, ...);
static double f(double x) { return x * x; }
struct two slope(double x) { return __enzyme_fwddiff((void *)f, enzyme_width, 2, x, 1.0, 2.0); }
