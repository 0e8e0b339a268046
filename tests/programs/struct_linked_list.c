/* A linked list on the heap, built, reversed, partly deleted, summed and freed. */
#include "check.h"

struct node { double value; struct node *next; };

static double f(double *x, int n) {
    struct node *head = NULL;
    for (int i = 0; i < n; i++) {
        struct node *node = malloc(sizeof *node);
        node->value = x[i] * x[(i + 1) % n];
        node->next = head;
        head = node;
    }
    struct node *reversed = NULL;
    while (head) {
        struct node *next = head->next;
        head->next = reversed;
        reversed = head;
        head = next;
    }
    for (struct node **link = &reversed; *link;) {
        struct node *node = *link;
        if (node->value < 0) {
            *link = node->next;
            free(node);
        } else {
            link = &node->next;
        }
    }
    double s = 1;
    for (struct node *node = reversed; node; node = node->next) {
        s = s * node->value + sin(node->value);
        node->value = s;
    }
    while (reversed) {
        struct node *next = reversed->next;
        s += reversed->value * 0.1;
        free(reversed);
        reversed = next;
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 1.25, -0.75, 1.5, 0.8, 0.3);
    return report();
}
