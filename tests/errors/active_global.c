// expect: 5:53: error: cannot differentiate through the global variable 'pool'
// note: some of its bytes are active data at one time, and pointers at another
static _Alignas(16) char pool[4096];
static unsigned long used;
static void *take(unsigned long n) { void *p = pool + used; used += n; return p; }
struct item { float v, w; struct item *next; };
static double f(const double *x, int n) {
    struct item *head = 0;
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
