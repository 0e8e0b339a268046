/* A bump allocator over one heap block, handing out doubles and structs with pointers. */
#include "check.h"

struct arena { char *base; size_t used, size; };
struct node { double value; int id; struct node *left, *right; };

static void *take(struct arena *a, size_t size) {
    size = (size + 15) & ~(size_t)15;
    if (a->used + size > a->size) abort();
    void *p = a->base + a->used;
    a->used += size;
    return p;
}

static struct node *leaf(struct arena *a, double value, int id) {
    struct node *n = take(a, sizeof *n);
    n->value = value;
    n->id = id;
    n->left = n->right = NULL;
    return n;
}

static double f(double *x, int n) {
    struct arena a = {malloc(4096), 0, 4096};
    double *squares = take(&a, n * sizeof *squares), s = 0;
    struct node *root = NULL;
    for (int i = 0; i < n; i++) {
        squares[i] = x[i] * x[i];
        struct node *parent = leaf(&a, squares[i], i);
        parent->left = root;
        parent->right = leaf(&a, sin(x[i]), -i);
        root = parent;
    }
    for (struct node *p = root; p; p = p->left) s += p->value * p->right->value * (p->id + 1);
    s += squares[0];
    free(a.base);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.8);
    return report();
}
