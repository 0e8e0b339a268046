/* A growable array: capacity doubled with realloc while values are pushed. */
#include "check.h"

struct vector { double *data; int size, capacity; };

static void push(struct vector *v, double value) {
    if (v->size == v->capacity) {
        v->capacity = v->capacity ? 2 * v->capacity : 1;
        v->data = realloc(v->data, v->capacity * sizeof *v->data);
    }
    v->data[v->size++] = value;
}

static double f(double *x, int n) {
    struct vector v = {NULL, 0, 0};
    for (int i = 0; i < n; i++) {
        push(&v, x[i] * x[i]);
        for (int j = 0; j < i; j++) push(&v, v.data[j] * 0.5 + x[j]);
    }
    double s = 0;
    for (int i = 0; i < v.size; i++) s = 0.7 * s + sin(v.data[i]);
    free(v.data);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 0.3, 0.9);
    return report();
}
