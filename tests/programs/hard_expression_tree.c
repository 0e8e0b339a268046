/* may be refused: Tagged unions in a tree: an interpreter of expressions. */
#include "check.h"

enum tag { CONSTANT, VARIABLE, SUM, PRODUCT, SINE };
struct expr {
    enum tag tag;
    union {
        double constant;
        int variable;
        struct { const struct expr *left, *right; } pair;
        const struct expr *inner;
    } as;
};

static double evaluate(const struct expr *e, const double *x) {
    switch (e->tag) {
    case CONSTANT: return e->as.constant;
    case VARIABLE: return x[e->as.variable];
    case SUM: return evaluate(e->as.pair.left, x) + evaluate(e->as.pair.right, x);
    case PRODUCT: return evaluate(e->as.pair.left, x) * evaluate(e->as.pair.right, x);
    case SINE: return sin(evaluate(e->as.inner, x));
    }
    return 0;
}

static double f(double *x, int n) {
    struct expr two = {.tag = CONSTANT, .as.constant = 2 * x[n - 1]};
    struct expr a = {.tag = VARIABLE, .as.variable = 0}, b = {.tag = VARIABLE, .as.variable = 1};
    struct expr ab = {.tag = PRODUCT, .as.pair = {&a, &b}}, s = {.tag = SINE, .as.inner = &ab};
    struct expr sum = {.tag = SUM, .as.pair = {&s, &two}}, all = {.tag = PRODUCT, .as.pair = {&sum, &s}};
    return evaluate(&all, x);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25);
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
