/* Memory that is reached through structs, rows of pointers and variables, and overlaps, touches, or
   is apart: the version that is made for regions that are apart must only run where they are. */
#include "overlap.h"

struct arrays {
    int count;
    double *a, *b;
    double scale;
};

/* A struct of arrays, its shadow beside it: in `ask`. */
NOINLINE static void products(struct arrays *s) {
    for (int i = 0; i < s->count; i++) s->b[i] = s->a[i] * s->a[s->count - 1 - i] * s->scale;
}

NOINLINE static void sums(struct arrays *s) {
    for (int i = 0; i < s->count; i++)
        for (int j = 0; j <= i; j++) s->b[i] += 0.25 * s->a[j] * s->b[i - j];
}

NOINLINE static void steps(struct arrays *s) { /* two buffers that change places */
    double *from = s->a, *to = s->b;
    for (int step = 0; step < 3; step++) {
        for (int i = 1; i < s->count; i++) to[i] = from[i] * from[i - 1] * s->scale;
        double *other = from;
        from = to;
        to = other;
    }
}

NOINLINE static void rescaled(struct arrays *s) { /* the struct itself is written */
    for (int i = 0; i < s->count; i++) {
        s->b[i] = s->a[i] * s->a[i];
        s->scale = s->scale * 0.5 + s->b[i];
    }
}

struct rows {
    double **row;
    const double *factor;
};

NOINLINE static void through_rows(int n, struct rows *s) {
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < n; j++) s->row[i][j] = s->row[i][j] * s->factor[j] * s->factor[i];
}

static double table[40];

NOINLINE static void through_variable(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) table[i] = x[i] * x[n - 1 - i];
    for (int i = 0; i < n; i++) y[i] = table[i] * x[i] + table[n - 1 - i];
}

NOINLINE static void on_the_heap(int n, const double *x, double *y) {
    double *kept = malloc(n * sizeof *kept);
    for (int i = 0; i < n; i++) kept[i] = x[i] * x[n - 1 - i];
    for (int i = 0; i < n; i++) y[i] = kept[i] * x[i] + kept[n - 1 - i];
    free(kept);
}

#define STRUCT(number, f)                                                                        \
    case number: {                                                                               \
        struct arrays own = {n, plain, plain + distance, 0.5};                                   \
        struct arrays s = {n, z, z + distance, 0.5}, ds = {n, tangent, tangent + distance, 0};   \
        struct arrays t = {n, w, w + distance, 0.5}, dt = {n, shadow, shadow + distance, 0};     \
        f(&own);                                                                                 \
        __enzyme_fwddiff_void((void *)f, enzyme_dup, &s, &ds);                                   \
        __enzyme_autodiff_void((void *)f, enzyme_dup, &t, &dt);                                  \
        CHECK_CLOSE(t.scale, own.scale, 1e-12);                                                  \
        break;                                                                                   \
    }

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        STRUCT(0, products)
        STRUCT(1, sums)
        STRUCT(2, steps)
        STRUCT(3, rescaled)
        case 4: {
            double *rows[] = {plain + distance, plain + 2 * distance, plain + 90};
            double *p[] = {z + distance, z + 2 * distance, z + 90};
            double *dp[] = {tangent + distance, tangent + 2 * distance, tangent + 90};
            double *q[] = {w + distance, w + 2 * distance, w + 90};
            double *dq[] = {shadow + distance, shadow + 2 * distance, shadow + 90};
            struct rows own = {rows, plain}, s = {p, z}, ds = {dp, tangent};
            struct rows t = {q, w}, dt = {dq, shadow};
            through_rows(n, &own);
            __enzyme_fwddiff_void((void *)through_rows, enzyme_const, n, enzyme_dup, &s, &ds);
            __enzyme_autodiff_void((void *)through_rows, enzyme_const, n, enzyme_dup, &t, &dt);
            break;
        }
        CASE(5, through_variable)
        CASE(6, on_the_heap)
    }
}

/* Apart in the primal, one in the shadow: what is only read adds up there. */
static void shared_shadow(void) {
    double a[4] = {1, 2, 3, 4}, b[4] = {0}, da[4] = {0}, db[4] = {1, 1, 1, 1};
    struct arrays s = {4, a, b, 1}, ds = {4, da, db, 0};
    if (!markers_work) return;
    __enzyme_autodiff_void((void *)products, enzyme_dup, &s, &ds);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(da[i], 2 * a[3 - i], 1e-14);
    CHECK_CLOSE(ds.scale, 2 * (1 * 4 + 2 * 3), 1e-14);
}

int main(void) {
    for (int which = 0; which < 7; which++)
        for (int n = 1; n <= 25; n += n < 4 ? 1 : 7)
            for (int distance = 0; distance <= 60; distance += distance < 4 ? 1 : 8)
                compare(which, n, distance, 1e-11);
    shared_shadow();
    return report();
}
