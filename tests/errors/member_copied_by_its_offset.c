// expect: 16:12: error: cannot tell whether the data moved here are floating values
extern double __enzyme_autodiff(void *, ...);
extern int enzyme_const;
extern void *memcpy(void *, const void *, unsigned long);
struct mixed { int id; double a; double *p; double b; };
__attribute__((noinline)) static void move(char *to, const char *from, const long *at) {
    memcpy(to + at[0], from + at[1], sizeof(double));
}
static double f(double x, const long *at) {
    double h = x;
    struct mixed v = {1, x, &h, x * x}, w = {2, 0, &h, 1};
    move((char *)&w, (char *)&v, at);
    return w.a * w.b * *w.p;
}
double slope(double x, const long *at) {
    return __enzyme_autodiff((void *)f, x, enzyme_const, at);
}
