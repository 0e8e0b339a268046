/* alloca in a loop: a new block each time, all alive to the end, linked. */
#include "check.h"

struct cell { double value; struct cell *next; };

static double f(double *x, int n) {
    struct cell *head = NULL;
    for (int i = 0; i < n; i++) {
        struct cell *c = __builtin_alloca(sizeof *c);
        c->value = x[i] * (head ? head->value : 2);
        c->next = head;
        head = c;
    }
    double s = 0;
    for (struct cell *c = head; c; c = c->next) s += sin(c->value);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
