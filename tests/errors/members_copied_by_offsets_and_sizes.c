// expect: 6:80: error: cannot tell whether the data moved here are floating values
// note: the functions that are differentiated use these bytes as a floating value and as a pointer or an integer, or as floating values of several types, or that overlap
struct S { int kind; double a[2]; double b; double *p; };
unsigned long offsets[3] = {8, 24, 16}, sizes[3] = {8, 8, 8};
extern void *memcpy(void *, const void *, unsigned long), *malloc(unsigned long);
static void put(void *s, int i, const double *v) { unsigned long n = sizes[i]; memcpy((char *)s + offsets[i], v, n); }
static double f(double *x, int n) {
    struct S *s = malloc(sizeof *s);
    s->kind = n;
    s->p = x;
    s->a[0] = s->b = s->a[1] = 0;
    for (int i = 0; i < 3; i++) {
        double v = x[i] * x[i];
        put(s, i, &v);
    }
    return s->a[0] * s->b * s->p[2] + s->kind * s->a[1];
}
extern double __enzyme_autodiff(void *, ...);
double slope(double *x, double *dx, int n) { return __enzyme_autodiff((void *)f, x, dx, n); }
