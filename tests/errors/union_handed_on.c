// expect: 16:5: error: cannot tell whether the data moved here are floating values
// note: nothing in the functions that are differentiated reads or writes these bytes as a floating, integer or pointer value
// note: copy through a pointer to the real type, or say what lies at the pointer, once in the function: '__enzyme_double(p, -1);', or '__enzyme_integer(p, -1);'
struct item { int kind; union { double d; double *p; } u; };
extern int enzyme_dup, enzyme_const;
void __enzyme_autodiff(void *, ...);
static double deep(struct item x, int depth) {
    double r = x.kind == 1 ? *x.u.p : x.u.d;
    return depth ? r + deep(x, depth - 1) * r : r;
}
static double work(struct item *t, int n) {
    t[0] = t[1];
    return deep(t[n], n);
}
void gradient(struct item *t, struct item *d, int n) {
    __enzyme_autodiff((void *)work, enzyme_dup, t, d, enzyme_const, n);
}
