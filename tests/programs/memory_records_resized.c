// flags: -O3
/* A container of records of any size that grows by realloc, so that nothing says how many bytes move. (An internal
 * fault, where all is inlined.) */
#include "check.h"

enum { COUNT = 6 };
typedef struct { int key; double value[3]; } record;
typedef struct { size_t count, size, room; char *data; } container;

static void push(container *c, const void *element) {
    if (c->count == c->room) {
        c->room = c->room * 2 + 2;
        c->data = realloc(c->data, c->room * c->size);
    }
    memcpy(c->data + c->count++ * c->size, element, c->size);
}
static void *at(container *c, size_t i) { return c->data + i * c->size; }

static double f(double *x, UNUSED int n) {
    container numbers = {0, sizeof(double), 0, 0}, records = {0, sizeof(record), 0, 0};
    for (int i = 0; i < COUNT; i++) {
        double y = x[i] * x[i];
        push(&numbers, &y);
        record r = {i, {y, x[i], 1}};
        push(&records, &r);
    }
    double s = 0;
    for (int i = 0; i < COUNT; i++) {
        double *p = at(&numbers, i);
        record *r = at(&records, COUNT - 1 - i);
        s += *p * r->value[1] + r->value[0] * r->key;
    }
    free(numbers.data), free(records.data);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 1.1, 0.7, 1.6, 2.3, 0.4, 1.9);
    return report();
}
