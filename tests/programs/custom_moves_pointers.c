/* Functions with derivatives by hand that move pointers: they return one into their argument, store
   one in a struct, exchange rows, allocate. What is written through these pointers, and read through
   others, was lost. */
#include "check.h"

#define NEAR(a, b) CHECK_CLOSE(a, b, 1e-12)

struct ab { double a, b; };
extern struct ab __enzyme_autodiff_ab(void *, ...);
#define REGISTER(f) void *__enzyme_register_gradient_##f[] = {(void *)f, (void *)f##_augmented, (void *)f##_reverse}

struct located { void *tape; double *p, *d; };
static NOINLINE double *at(double *x, int i) { return x + i; }
static struct located at_augmented(double *x, double *dx, int i, int di) { return (struct located){0, x + i, dx + i}; }
static void at_reverse(double *x, double *dx, int i, int di, void *tape) {}
REGISTER(at);
static double through_result(double *x) {
    double s = 0, *p = at(x, 1);
    for (int i = 0; i < 3; i++) {
        s += x[1] * x[1] * x[0];
        *p = x[0] * (i + 1);
        s += p[0] * x[1];
    }
    return s + x[1];
}
static double through_local(double a, double b) {
    double x[2] = {a, b};
    return through_result(x);
}

/* of a function without a body, its derivative tells */
double *elsewhere(double *x, int i);
void *__enzyme_register_gradient_elsewhere[] = {(void *)elsewhere, (void *)at_augmented, (void *)at_reverse};
static double through_declared(double *x) {
    double t = x[1] * x[1], *p = elsewhere(x, 1);
    *p = x[0] * t;
    return x[1] * x[0];
}

struct context { double *p; int n; };
static NOINLINE void attach(struct context *c, double *x) {
    c->p = x;
    c->n = 2;
}
static void attach_augmented(struct context *c, struct context *d, double *x, double *dx) {
    attach(c, x);
    d->p = dx;
    d->n = 2;
}
static void attach_reverse(struct context *c, struct context *d, double *x, double *dx) {}
REGISTER(attach);
static double through_struct(double a, double b) {
    double x[2] = {a, b}, y[2] = {b, b};
    struct context c = {y, 1};
    attach(&c, x);
    double s = x[0] * x[0];
    c.p[0] = x[1] * s;
    return x[0] * x[1] + c.n;
}

static NOINLINE int allocated(double **out, int n) {
    *out = calloc(n, sizeof **out);
    return *out == NULL;
}
static int allocated_augmented(double **out, double **d, int n, int dn) {
    *d = calloc(n, sizeof **d);
    return allocated(out, n);
}
static void allocated_reverse(double **out, double **d, int n, int dn) {}
REGISTER(allocated);
static double through_block(double *x, int n) {
    double *t, s = 0;
    if (allocated(&t, n)) return 0;
    for (int i = 0; i < n; i++) t[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += t[i] * t[n - 1 - i];
    free(t);
    return s;
}

static NOINLINE void exchange(double **a, int i, int j) {
    double *t = a[i];
    a[i] = a[j];
    a[j] = t;
}
static void exchange_augmented(double **a, double **d, int i, int di, int j, int dj) {
    exchange(a, i, j);
    exchange(d, i, j);
}
static void exchange_reverse(double **a, double **d, int i, int di, int j, int dj) { exchange(d, i, j); }
REGISTER(exchange);
static double through_rows(double *x) {
    double a[2] = {x[0], x[1]}, b[2] = {x[1], x[0]}, *rows[2] = {a, b};
    exchange(rows, 0, 1);
    rows[0][0] *= x[0];
    return rows[0][0] * rows[1][0];
}

/* the body calls others, also through pointers */
static NOINLINE double *first(double *x, int n, int (*is)(double)) {
    double *copy = getenv("") ? NULL : malloc(n * sizeof *copy);
    memcpy(copy, x, n * sizeof *copy);
    int i = 0;
    while (i < n - 1 && !is(copy[i])) i++;
    free(copy);
    return x + i;
}
static struct located first_augmented(double *x, double *dx, int n, int dn, int (*is)(double), int (*dis)(double)) {
    double *p = first(x, n, is);
    return (struct located){0, p, dx + (p - x)};
}
static void first_reverse(double *x, double *dx, int n, int dn, int (*is)(double), int (*dis)(double), void *tape) {}
REGISTER(first);
static int is_large(double x) { return x > 2.5; }
static double through_first(double *x) {
    double s = x[0] * x[1], *p = first(x, 2, is_large);
    *p = s * s;
    return x[0] * x[1] * x[1];
}

int main(void) {
    if (!markers_work) return report();
    double x[3] = {2, 3}, dx[3] = {0};
    __enzyme_autodiff_void((void *)through_result, x, dx);
    NEAR(dx[0], 128);
    NEAR(dx[1], 12);
    double w[2] = {2, 3}, dw[2] = {0};
    __enzyme_autodiff_void((void *)through_declared, w, dw);
    NEAR(dw[0], 36);
    NEAR(dw[1], 24);
    struct ab g = __enzyme_autodiff_ab((void *)through_local, 2.0, 3.0);
    NEAR(g.a, 128);
    NEAR(g.b, 12);
    g = __enzyme_autodiff_ab((void *)through_struct, 2.0, 3.0);
    NEAR(g.a, 36);
    NEAR(g.b, 24);
    double u[2] = {2, 3}, du[2] = {0};
    __enzyme_autodiff_void((void *)through_first, u, du);
    NEAR(du[0], 5 * 16 * 81);
    NEAR(du[1], 32 * 4 * 27);
    double y[3] = {1, 2, 3}, dy[3] = {0};
    __enzyme_autodiff_void((void *)through_block, y, dy, 3);
    NEAR(dy[0], 36);
    NEAR(dy[1], 32);
    double z[2] = {2, 3}, dz[2] = {0};
    __enzyme_autodiff_void((void *)through_rows, z, dz);
    NEAR(dz[0], 12);
    NEAR(dz[1], 4);
    return report();
}
