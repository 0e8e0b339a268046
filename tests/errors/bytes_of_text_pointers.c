// expect: 3:89: error: cannot tell whether the data moved here are floating values
// note: nothing in the functions that are differentiated reads or writes these bytes as a floating, integer or pointer value
static void turn(char *to, const char *from, int n) { for (int i = 0; i < n; i++) to[i] = from[n - 1 - i]; }
static double f(char *p, double x) {
    char q[16], r[16];
    turn(q, p, 16);
    turn(r, q, 16);
    turn(p, r, 16);
    return x * x;
}
extern double __enzyme_fwddiff(void *, ...);
extern int enzyme_dup;
double g(char *p, char *dp, double x) { return __enzyme_fwddiff((void *)f, enzyme_dup, p, dp, enzyme_dup, x, 1.0); }
