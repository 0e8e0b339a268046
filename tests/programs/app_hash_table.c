/* A hash table with chains on the heap: active values under integer keys, summed and erased. */
#include "check.h"

struct entry { int key; double value; struct entry *next; };
struct table { struct entry *bucket[3]; int size; };

static double *at(struct table *t, int key) {
    struct entry **link = &t->bucket[key % 3];
    while (*link && (*link)->key != key) link = &(*link)->next;
    if (!*link) {
        *link = malloc(sizeof **link);
        **link = (struct entry){key, 0, NULL};
        t->size++;
    }
    return &(*link)->value;
}

static double f(double *x, int n) {
    struct table t = {{NULL}, 0};
    double s = 0;
    for (int i = 0; i < 3 * n; i++) *at(&t, i * i % 7) += x[i % n] * (i + 1) * 0.1;
    *at(&t, 2) *= *at(&t, 1) + *at(&t, 11);
    for (int b = 0; b < 3; b++)
        for (struct entry *e = t.bucket[b]; e;) {
            struct entry *next = e->next;
            s = s * 0.5 + sin(e->value) * (e->key + 1);
            free(e);
            e = next;
        }
    return s * t.size;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, 0.8);
    return report();
}
