/* Functions with derivatives by hand that put pointers where others look: by atomic stores, as
   numbers, in static variables whose shadows the program has named. Numbers in these have a derivative, too, and integers
   lie in the shadows of structs. */
#include "check.h"
#include <stdatomic.h>
#include <enzyme.h>

#define NEAR(a, b) CHECK_CLOSE(a, b, 1e-12)

extern double __enzyme_autodiff(void *, ...), __enzyme_fwddiff(void *, ...);
#define REGISTER(f)                                                                                 \
    void *__enzyme_register_gradient_##f[] = {(void *)f, (void *)f##_augmented, (void *)f##_reverse}; \
    void *__enzyme_register_derivative_##f[] = {(void *)f, (void *)f##_tangent}

struct view { _Atomic(double *) p; long address; };
static NOINLINE void put(struct view *v, double *x, int i) {
    if (i > 1) atomic_store(&v->p, x + i);
    else v->p = x;
}
static void put_tangent(struct view *v, struct view *d, double *x, double *dx, int i, int di) { put(v, x, i), put(d, dx, i); }
static void put_augmented(struct view *v, struct view *d, double *x, double *dx, int i, int di) { put(v, x, i), put(d, dx, i); }
static void put_reverse(struct view *v, struct view *d, double *x, double *dx, int i, int di) {}
REGISTER(put);
static double by_atomics(double u, int n) {
    double x[4] = {u, u * u, 3 * u, 2}, y[2] = {u, 1}, s = 0;
    struct view v = {y, 0};
    for (int i = 0; i < n; i++) {
        put(&v, x, i);
        double *q = v.p;
        s += q[0] * u;
        q[0] = s;
    }
    return s + x[2] * x[3];
}

/* the shadow of a struct has the struct's integers */
struct table { double **rows; int n, kind; };
struct matrix { struct table *table; double *best; };
static NOINLINE void turn(struct matrix *m, int k) {
    double **r = m->table->rows, *t = r[0];
    for (int i = 0; i + 1 < m->table->n; i++) r[i] = r[i + 1];
    r[m->table->n - 1] = t;
    m->best = r[(k + m->table->kind) % m->table->n];
}
static void turn_tangent(struct matrix *m, struct matrix *d, int k, int dk) { turn(m, k), turn(d, k); }
static void turn_augmented(struct matrix *m, struct matrix *d, int k, int dk) { turn(m, k), turn(d, k); }
static void turn_reverse(struct matrix *m, struct matrix *d, int k, int dk) {}
REGISTER(turn);
static double by_shadow(double u, int n) {
    double x[4][2], *rows[4], s = u;
    for (int i = 0; i < 4; i++) rows[i] = x[i], x[i][0] = u * (i + 1), x[i][1] = i;
    struct table made = {rows, n, 1}, copy, *t = n > 2 ? &copy : &made;
    memcpy(t, &made, sizeof made);
    struct matrix m = {t, x[3]};
    for (int k = 0; k < 3; k++) {
        turn(&m, k);
        *m.best *= s;
        s += rows[0][0] * rows[n - 1][0];
    }
    return s;
}

/* ... also where these are moved on */
struct slice { double *p; long n; };
static NOINLINE void enlarge(struct slice *s, double *x) { s->p = x + s->n; }
static void enlarge_tangent(struct slice *s, struct slice *d, double *x, double *dx) { enlarge(s, x), enlarge(d, dx); }
static void enlarge_augmented(struct slice *s, struct slice *d, double *x, double *dx) { enlarge(s, x), enlarge(d, dx); }
static void enlarge_reverse(struct slice *s, struct slice *d, double *x, double *dx) {}
REGISTER(enlarge);
static double by_moved(double u, int n) {
    double x[4] = {u, u * u, 2 * u, 3}, s = 0;
    struct slice all[5] = {{0}};
    for (int i = 0; i < n; i++) all[i] = (struct slice){x, i};
    memmove(all + 1, all, n * sizeof *all);
    for (int i = 1; i <= n; i++) {
        enlarge(all + i, x);
        s += *all[i].p * all[i].p[0];
        *all[i].p = s;
    }
    return s * x[1];
}

static double total, dtotal;
ENZYME_SHADOW_GLOBAL(total, dtotal);
static NOINLINE void add(double x) { total += x; }
static void add_tangent(double x, double dx) { total += x, dtotal += dx; }
static void add_augmented(double x) { total += x; }
static double add_reverse(double x) { return dtotal; }
REGISTER(add);
static double in_a_total(double x, int n) {
    total = n;
    for (int i = 0; i < n; i++) add(x * x);
    return total * x;
}

static double *latest, *dlatest;
ENZYME_SHADOW_GLOBAL(latest, dlatest);
static NOINLINE void keep(double *x) { latest = x; }
static void keep_tangent(double *x, double *dx) { latest = x, dlatest = dx; }
static void keep_augmented(double *x, double *dx) { latest = x, dlatest = dx; }
static void keep_reverse(double *x, double *dx) {}
REGISTER(keep);
static double in_a_variable(double u, int n) {
    double x[4] = {u, u * u, u * 3, 2}, y[2] = {u, u};
    latest = y;
    keep(x + 1);
    double s = x[n - 3];
    latest[0] = s * s;
    return x[1] * u * y[1];
}

#define BOTH(f, want)                                                                               \
    NEAR(__enzyme_autodiff((void *)f, 1.5, 4), want);                                               \
    NEAR(__enzyme_fwddiff((void *)f, 1.5, 1.0, 4), want)

int main(void) {
    if (!markers_work) return report();
    double s = 12.375, ds = 18.75; /* 4 u^2 + u^3 */
    BOTH(by_atomics, (ds + 2) + ds * (s + 3) + s * (ds + 2));
    double h = 1e-5, difference = (by_shadow(1.5 + h, 4) - by_shadow(1.5 - h, 4)) / (2 * h);
    CHECK_CLOSE(__enzyme_autodiff((void *)by_shadow, 1.5, 4), difference, 1e-7);
    CHECK_CLOSE(__enzyme_fwddiff((void *)by_shadow, 1.5, 1.0, 4), difference, 1e-7);
    difference = (by_moved(1.5 + h, 4) - by_moved(1.5 - h, 4)) / (2 * h);
    CHECK_CLOSE(__enzyme_autodiff((void *)by_moved, 1.5, 4), difference, 1e-7);
    CHECK_CLOSE(__enzyme_fwddiff((void *)by_moved, 1.5, 1.0, 4), difference, 1e-7);
    total = dtotal = 0;
    BOTH(in_a_total, 4 + 3 * 4 * 1.5 * 1.5);
    BOTH(in_a_variable, 6 * pow(1.5, 5));
    return report();
}
