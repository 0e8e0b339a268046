/* may be refused: pointers hidden in integers by exclusive or (a doubly linked list with one link). */
#include "check.h"

struct node { double value; uintptr_t link; };

static double f(double *x, int n) {
    struct node nodes[8];
    double s = 0;
    for (int i = 0; i < n; i++) {
        nodes[i].value = x[i] * x[i];
        uintptr_t before = i ? (uintptr_t)&nodes[i - 1] : 0;
        nodes[i].link = before ^ (i + 1 < n ? (uintptr_t)&nodes[i + 1] : 0);
    }
    uintptr_t last = 0;
    for (struct node *p = nodes; p;) {
        s = s * 0.5 + p->value;
        struct node *next = (struct node *)(p->link ^ last);
        last = (uintptr_t)p;
        p = next;
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
