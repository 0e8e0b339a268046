// expect: 10:10: error: cannot differentiate through objects that are told apart no more
// note: pointers to the variable 'first' and the variable 'second' meet in one place, and some bytes of these are active data at one time, and pointers at another
// note: give objects of different types pointers of their own, or pass them as arguments
static _Alignas(16) char first[4096], second[4096], *from;
static unsigned long used;
static void *take(unsigned long n) { if (used + n > 4096) from = second, used = 0; void *p = from + used; used += n; return p; }
struct item { float v, w; struct item *next; };
static double f(const double *x, int n) {
    struct item *head = 0;
    from = first;
    used = 0;
    for (int i = 0; i < n; i++) {
        struct item *it = take(sizeof *it);
        it->v = x[i] * x[i];
        it->next = head;
        double *t = take((i + 1) * 8ul);
        t[0] = x[i];
        head = it;
    }
    double s = 0;
    for (struct item *p = head; p; p = p->next) s = s * 0.5 + p->v;
    return s;
}
extern double __enzyme_autodiff(void *, ...);
double slope(double *x, double *dx, int n) { return __enzyme_autodiff((void *)f, x, dx, n); }
