/* A growable array of growable arrays, and an iterator over all of it. */
#include "check.h"

struct vector { double *data; size_t size, capacity; };
struct vectors { struct vector *each; size_t size, capacity; };
struct cursor { struct vector *at, *end; size_t i; };

static void push(struct vector *v, double x) {
    if (v->size == v->capacity) {
        size_t capacity = v->capacity ? v->capacity * 2 : 2;
        double *data = malloc(capacity * sizeof *data);
        if (v->data) {
            memcpy(data, v->data, v->size * sizeof *data);
            free(v->data);
        }
        v->data = data;
        v->capacity = capacity;
    }
    v->data[v->size++] = x;
}

static struct vector *add(struct vectors *all) {
    if (all->size == all->capacity) {
        all->capacity = all->capacity ? 2 * all->capacity : 1;
        all->each = realloc(all->each, all->capacity * sizeof *all->each);
    }
    struct vector *v = &all->each[all->size++];
    v->data = NULL;
    v->size = v->capacity = 0;
    return v;
}

static int next(struct cursor *c, double *out) {
    while (c->at != c->end) {
        if (c->i < c->at->size) {
            *out = c->at->data[c->i++];
            return 1;
        }
        c->at++;
        c->i = 0;
    }
    return 0;
}

static double f(double *x, int n) {
    struct vectors all = {0};
    for (int i = 0; i < n; i++) {
        struct vector *v = add(&all);
        for (int j = 0; j < i; j++) push(v, x[i] * x[j] * (j + 1));
    }
    struct cursor c = {all.each, all.each + all.size, 0};
    double value, s = 0, k = 1;
    while (next(&c, &value)) {
        s += value * k;
        k = k * 0.9 + value * 0.01;
    }
    for (size_t i = 0; i < all.size; i++) free(all.each[i].data);
    free(all.each);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    CHECK(f, 2.0);
    return report();
}
