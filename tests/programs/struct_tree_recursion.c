/* A binary tree on the heap: inserted, evaluated and freed recursively. */
#include "check.h"

struct tree { double key, sum; struct tree *left, *right; };

static struct tree *insert(struct tree *t, double key) {
    if (!t) {
        t = calloc(1, sizeof *t);
        t->key = key;
        return t;
    }
    if (key < t->key) t->left = insert(t->left, key);
    else t->right = insert(t->right, key * 1.01);
    return t;
}

static double total(struct tree *t, int depth) {
    if (!t) return 0;
    t->sum = t->key * t->key + depth + total(t->left, depth + 1) * sin(t->key);
    t->sum += 0.5 * total(t->right, depth + 1);
    return t->sum;
}

static void destroy(struct tree *t) {
    if (!t) return;
    destroy(t->left);
    destroy(t->right);
    free(t);
}

static double f(double *x, int n) {
    struct tree *root = NULL;
    for (int i = 0; i < n; i++) root = insert(root, x[i]);
    double r = total(root, 0) * root->sum;
    destroy(root);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 1.25, -0.75, 1.5, 0.25, 0.9, 0.1);
    return report();
}
