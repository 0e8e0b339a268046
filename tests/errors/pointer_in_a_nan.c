// expect: 14:16: error: cannot differentiate a pointer that is moved as the bits of a floating value
// note: its shadow does not go with it
// note: move it as a pointer, in a member of its own or of a union
union box { double d; unsigned long u; };
extern int enzyme_dup, enzyme_const;
double __enzyme_autodiff(void *, ...);
static const unsigned long tag = 0xfff8000000000000ul;
static double work(double *x, int n) {
    union box t[8];
    for (int i = 0; i < n; i++) {
        union box one;
        if (i & 1) one.u = tag | (unsigned long)&x[i];
        else one.d = x[i] * 2;
        t[i] = one;
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double v = (t[i].u & tag) == tag ? *(double *)(t[i].u & ~tag) : t[i].d;
        sum += v * v;
    }
    return sum;
}
double gradient(double *x, double *dx, int n) {
    return __enzyme_autodiff((void *)work, enzyme_dup, x, dx, enzyme_const, n);
}
