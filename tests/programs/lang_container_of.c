/* From a member back to its struct, and intrusive lists. */
#include "check.h"
#include <stddef.h>

struct link { struct link *next; };
struct item { double weight; struct link link; double *value; };

static double f(double *x, int n) {
    struct item items[4];
    struct link *head = NULL;
    double s = 0;
    for (int i = 0; i < n; i++) {
        items[i].weight = x[i] * x[0];
        items[i].value = &x[(i + 1) % n];
        items[i].link.next = head;
        head = &items[i].link;
    }
    for (struct link *l = head; l; l = l->next) {
        struct item *item = (struct item *)((char *)l - offsetof(struct item, link));
        s = s * 0.5 + item->weight * *item->value;
        item->weight = s;
    }
    return s * items[0].weight;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    return report();
}
