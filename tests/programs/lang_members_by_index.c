/* Functions that stay calls choose an element of an array member by a variable index: what follows
   the array in the object is none of its elements, in the function as in its callers. */
#include "check.h"
#include <stdlib.h>

#define NOINLINE __attribute__((noinline))

struct table {
    long at[2];
    double *in, *other;
};

NOINLINE static void add(const struct table *t, int d, double *sum) {
    *sum += t->in[t->at[d]] * t->other[0];
}

static double on_the_stack(double *x, int n) {
    double own[2] = {x[1] * x[1], 0};
    struct table t = {{n - 1, 1}, x, own};
    double sum = 0;
    add(&t, n & 1, &sum);
    add(&t, 1, &sum);
    return sum;
}
ARRAY_TEST(on_the_stack)

static double on_the_heap(double *x, int n) {
    struct table *t = malloc(sizeof *t);
    double *own = malloc(sizeof *own), sum = 0;
    own[0] = x[0] * x[1];
    t->at[0] = n - 1;
    t->at[1] = 0;
    t->in = x;
    t->other = own;
    for (int i = 0; i < 2; i++)
        add(t, i, &sum);
    free(own);
    free(t);
    return sum;
}
ARRAY_TEST(on_the_heap)

NOINLINE static void nested(const struct table *t, int i, int d, double *sum) {
    for (int j = 0; j < t->at[d]; j++)
        if (d > 0)
            nested(t, i + j, d - 1, sum);
        else
            *sum += t->in[i] * t->other[j];
}

static double recursive(double *x, int n) {
    double own[2] = {x[0] * x[1], x[n - 1]};
    struct table t = {{2, n - 1}, x, own};
    double sum = 0, whole = 0;
    for (int i = 0; i < 2; i++, sum = 0) {
        nested(&t, 0, i & 1, &sum);
        whole += sum * sum;
    }
    return whole;
}
ARRAY_TEST(recursive)

struct rows {
    double *row[2];
    double *last;
    double scale[3];
    double *factor;
};

NOINLINE static double entry(const struct rows *r, int i, int k) {
    return r->row[i][k] * *r->last + r->scale[i + k] * r->factor[k];
}

static double pointers_after_pointers(double *x, int n) {
    double a[2] = {x[0] * x[1], 1}, b[2] = {x[1], x[0]}, c = x[0] + x[1] * x[1];
    struct rows r = {{x, a}, &c, {x[0], 2, x[1] * x[0]}, b};
    return entry(&r, n & 1, 0) + entry(&r, 1, n - 2) * entry(&r, 1, 1) + entry(&r, 0, 1);
}
ARRAY_TEST(pointers_after_pointers)

NOINLINE static double through_either(const struct table *t, const struct table *u, int d) {
    const struct table *one = t->at[d] > u->at[d] ? t : u;
    return one->in[one->at[d] - 1] * one->other[0];
}

static double two_objects(double *x, int n) {
    double own = x[0] * x[0], more = x[1] * 3;
    struct table t = {{2, 1}, x, &own}, *u = malloc(sizeof *u);
    u->at[0] = 1;
    u->at[1] = n;
    u->in = x;
    u->other = &more;
    double found = through_either(&t, u, 0) + through_either(&t, u, 1) * x[0];
    free(u);
    return found;
}
ARRAY_TEST(two_objects)

/* Structs by value, through memory there and back: an integer follows the array. */
struct row {
    double a[3];
    int n;
};
NOINLINE static struct row mixed(struct row r, double k, int depth) {
    if (!depth) return r;
    double *t = malloc(r.n * sizeof *t);
    for (int i = 0; i < r.n; i++) t[i] = r.a[(i + 1) % r.n] * k;
    struct row m = mixed((struct row){{t[0], t[1] + r.a[0], t[2]}, r.n}, k * 0.9, depth - 1);
    for (int i = 0; i < m.n; i++) m.a[i] += t[i] * r.a[i];
    free(t);
    return m;
}
static double by_value(double *x, int n) {
    struct row r = mixed((struct row){{x[0], x[1], x[0] * x[1]}, n + 1}, x[1], 3);
    return r.a[0] * r.a[1] + r.a[2];
}
ARRAY_TEST(by_value)

int main(void) {
    CHECK(on_the_stack, 0.5, 1.5);
    CHECK(on_the_heap, 0.5, 1.5);
    CHECK(recursive, 0.5, 1.5);
    CHECK(pointers_after_pointers, 0.5, 1.5);
    CHECK(two_objects, 0.5, 1.5);
    CHECK(by_value, 0.5, 0.75);
    return report();
}
