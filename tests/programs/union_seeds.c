/* Memory of arguments that holds numbers and pointers in turn: what the shadow of a pointer displaces is the seed of the
   number that lies there in the end, and what a pointer has overwritten has no adjoint left of its shadow. */
#include "check.h"

struct item {
    int kind;
    union {
        float f;
        double d;
        const double *p;
        struct {
            int count;
            float weight;
        } counted;
    } u;
};

NOINLINE static double number(const struct item *one) {
    switch (one->kind) {
    case 0: return one->u.f;
    case 1: return one->u.d;
    case 2: return one->u.p[1];
    default: return one->u.counted.count * one->u.counted.weight;
    }
}

NOINLINE static void put(struct item *one, int kind, double x, const double *p) {
    one->kind = kind;
    switch (kind) {
    case 0: one->u.f = (float)x; break;
    case 1: one->u.d = x; break;
    case 2: one->u.p = p; break;
    default: one->u.counted.count = 2, one->u.counted.weight = (float)x;
    }
}

/* The first item begins with a number, holds pointers and numbers in turn, and ends with a number of `kind`. */
static void turns(struct item *all, const double *x, int n, int kind) {
    double sum = number(all) * number(all);
    for (int i = 0; i < n; i++) {
        put(all, 2, 0, x + i % 2);
        put(all, 2, 0, x + i % 3);
        sum = sum * 0.5 + number(all);
        put(all, (2 * i + 1) & 3, sum * x[0], x);
        sum += number(all) * x[0];
        put(all + 1, 2, 0, x + 2); /* a pointer to the end */
    }
    put(all, 2, 0, x);
    sum *= number(all);
    if (kind != 2) put(all, kind, sum, x);
    all[2].u.d = sum + number(all + 1);
}

static void start(struct item *all, const double *x) {
    memset(all, 0, 3 * sizeof *all);
    put(all, 3, x[4], x), put(all + 1, 0, x[5], x);
}

static double ended(const double *x, int n, int kind) {
    struct item all[3];
    start(all, x);
    turns(all, x, n, kind);
    return all[2].u.d + (kind == 0 ? 3 * all->u.f : kind == 1 ? 3 * all->u.d : kind == 2 ? 0 : 3 * all->u.counted.weight);
}

static void check(int n, int kind) {
    double x[6] = {0.5, 0.75, 1.25, 1.5, 2, 0.25}, dx[6] = {0};
    struct item all[3], d[3] = {{0}};
    start(all, x);
    d[2].u.d = 1;
    if (kind == 0) d->u.f = 3;
    if (kind == 1) d->u.d = 3;
    if (kind == 3) d->u.counted.weight = 3;
    __enzyme_autodiff((void *)turns, enzyme_dup, all, d, enzyme_dup, x, dx, enzyme_const, n, enzyme_const, kind);
    dx[4] += d->u.counted.weight, dx[5] += d[1].u.f;
    for (int i = 0; i < 6; i++) {
        double h = 1.0 / 64, y = x[i];
        double near = (x[i] = y + h, ended(x, n, kind)) - (x[i] = y - h, ended(x, n, kind));
        double wide = (x[i] = y + 2 * h, ended(x, n, kind)) - (x[i] = y - 2 * h, ended(x, n, kind));
        x[i] = y;
        check_expect("turns", "reverse", i, dx[i], (8 * near - wide) / (12 * h), 1e-3); /* single precision */
    }
}

int main(void) {
    for (int kind = 0; kind < 4 && markers_work; kind++) check(1, kind), check(4, kind);
    return report();
}
