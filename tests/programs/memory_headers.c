/* Blocks of the heap that begin with a header: stretchy buffers, arenas with structs and numbers, tagged
   unions, tables; and structs in bytes. */
#include "check.h"

struct header { int length, capacity; };
#define HEADER(a) ((struct header *)(a) - 1)

static double *push(double *a, double x) {
    if (!a || HEADER(a)->length == HEADER(a)->capacity) {
        int capacity = a ? 2 * HEADER(a)->capacity : 1;
        struct header *h = realloc(a ? HEADER(a) : NULL, sizeof *h + capacity * sizeof *a);
        if (!a) h->length = 0;
        h->capacity = capacity;
        a = (double *)(h + 1);
    }
    a[HEADER(a)->length++] = x;
    return a;
}

static double stretchy(double *x, int n) {
    double *a = NULL;
    for (int i = 0; i < n; i++) a = push(push(a, x[i] * x[i]), sin(x[i]));
    double s = 0;
    while (HEADER(a)->length > 1) {
        double last = a[--HEADER(a)->length];
        a[0] = a[0] * 0.5 + last * last;
    }
    s = a[0];
    free(HEADER(a));
    return s;
}
ARRAY_TEST(stretchy)

struct arena { char *base; size_t used; };
struct row { int n; double *d; };

static void *take(struct arena *a, size_t bytes) {
    void *p = a->base + a->used;
    a->used += (bytes + 15) & ~(size_t)15;
    return p;
}

static double in_arena(double *x, int n) {
    struct arena a = {malloc(4096), 0};
    struct row *first = NULL, *last = NULL;
    for (int k = 0; k < 3; k++) {
        struct row *r = take(&a, sizeof *r);
        r->n = n, r->d = take(&a, n * sizeof *r->d);
        memcpy(r->d, last ? last->d : x, n * sizeof *x);
        for (int i = 0; last && i < n; i++) r->d[i] *= last->d[(i + 1) % n];
        last = r;
        if (!first) first = r;
    }
    double s = first->d[0];
    for (int i = 0; i < n; i++) s += last->d[i] * (i + 1);
    free(a.base);
    return s;
}
ARRAY_TEST(in_arena)

struct term {
    enum { NUMBER, VARIABLE, SUM, PRODUCT, FUNCTION } is;
    union {
        double number;
        int variable;
        struct { struct term *a, *b; } both;
        struct { double (*of)(double); struct term *a; } call;
    } as;
};

static struct term *kept(struct term t) {
    struct term *p = malloc(sizeof t);
    *p = t;
    return p;
}

static double value(const struct term *t, const double *x) {
    switch (t->is) {
    case NUMBER: return t->as.number;
    case VARIABLE: return x[t->as.variable];
    case SUM: return value(t->as.both.a, x) + value(t->as.both.b, x);
    case PRODUCT: return value(t->as.both.a, x) * value(t->as.both.b, x);
    default: return t->as.call.of(value(t->as.call.a, x));
    }
}

static void drop(struct term *t) {
    if (t->is == SUM || t->is == PRODUCT) drop(t->as.both.a), drop(t->as.both.b);
    if (t->is == FUNCTION) drop(t->as.call.a);
    free(t);
}

static double expression(double *x, int n) {
    struct term *t = kept((struct term){NUMBER, {.number = 2}});
    for (int i = 0; i < n; i++) {
        struct term *y = kept((struct term){VARIABLE, {.variable = i}});
        struct term *k = kept((struct term){NUMBER, {.number = x[0] * x[i]}});
        t = kept((struct term){SUM, {.both = {kept((struct term){PRODUCT, {.both = {t, k}}}),
                                              kept((struct term){FUNCTION, {.call = {sin, y}}})}}});
    }
    struct term moved[2] = {*t->as.both.a, *t};
    double s = value(&moved[0], x) + value(&moved[1], x);
    drop(t);
    return s;
}
ARRAY_TEST(expression)

/* A table of pointers that grows, as often as is known. */
static double table(double *x, int n) {
    double **rows = NULL, s = 0;
    for (int i = 0; i < 3; i++) {
        rows = realloc(rows, (i + 1) * sizeof *rows);
        rows[i] = malloc(n * sizeof **rows);
        memcpy(rows[i], x, n * sizeof *x);
        for (int j = 0; j < n; j++) x[j] = rows[i][j] * rows[0][j];
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < n; j++) s += rows[i][j] * (i - j);
        free(rows[i]);
    }
    free(rows);
    return s;
}
ARRAY_TEST(table)

struct message { int id; double v[2]; float weight; };

static double serialised(double *x, int n) {
    unsigned char bytes[256];
    size_t used = 0;
    for (int i = 0; i < n; i++, used += sizeof(struct message)) {
        struct message m = {i, {x[i], x[(i + 1) % n]}, 0.5f};
        memcpy(bytes + used, &m, sizeof m);
    }
    double s = 0;
    for (size_t at = 0; at < used; at += sizeof(struct message)) {
        struct message m;
        memcpy(&m, bytes + at, sizeof m);
        s += m.v[0] * m.v[1] * (m.id + 1) * m.weight;
    }
    return s;
}
ARRAY_TEST(serialised)

int main(void) {
    CHECK(stretchy, 0.5, 1.25, -0.75);
    CHECK(in_arena, 0.5, 1.25, -0.75);
    CHECK(expression, 0.5, 0.0, -0.75);
    CHECK(table, 0.5, 1.25, -0.75);
    CHECK(serialised, 0.5, 1.25, -0.75);
    return report();
}
