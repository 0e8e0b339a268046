// expect: 9:10: error: cannot tell whether the data moved here are floating values
// note: the functions that are differentiated use these bytes as a floating value and as a pointer or an integer, or as floating values of several types, or that overlap
// note: assign the members one by one where it is known which are meant, or keep them in memory of their own
union item { double d; const double *p; };
extern int enzyme_dup;
void __enzyme_autodiff(void *, ...);
double __enzyme_fwddiff(void *, ...);
static void turns(union item *u, const double *x) {
    u->p = x;
    u->d = u->p[0] * x[0];
}
static double gradient(union item *u, union item *du, const double *x, double *dx) {
    __enzyme_autodiff((void *)turns, enzyme_dup, u, du, enzyme_dup, x, dx);
    return dx[0];
}
double second(union item *u, union item *v, union item *du, union item *dv, const double *x, const double *y, double *dx, double *dy) {
    return __enzyme_fwddiff((void *)gradient, enzyme_dup, u, v, enzyme_dup, du, dv, enzyme_dup, x, y, enzyme_dup, dx, dy);
}
