/* Pointers that were stored before the derivative by what the compiler does not see (as another file would), or lie in
 * memory of a constant argument, and lead to a variable through which active data pass: the program ends. */
#include "check.h"
#include "ends.h"

double shared_bound, second_bound;
static double own_bound;
struct expression { const double *leaf; const struct expression *left, *right; };

static double evaluate(const struct expression *e) {
    return e->leaf ? *e->leaf : evaluate(e->left) * evaluate(e->right);
}
static double shared(double x, const struct expression *e) {
    shared_bound = x * x;
    return evaluate(e) + shared_bound;
}
static double own(double x, const struct expression *e) {
    own_bound = x * x;
    return evaluate(e) + own_bound;
}
static double several(double x, const struct expression *e) {
    shared_bound = x * x;
    second_bound = shared_bound * x;
    return evaluate(e) + second_bound;
}
/* an argument, met by a function that stays a call; it is looked at, and costs no reverse sweep */
static const struct expression *held;
static double given(const double *x) { return evaluate(held) + x[1] * x[1]; }
static double twice(const double *x) {
    double dx[2] = {0};
    __enzyme_autodiff((void *)given, enzyme_dup, x, dx);
    return dx[0] + dx[1] * x[0];
}
/* null leads nowhere, be the argument null, too */
NOINLINE static double repeated(const double *p, int n) { return n > 0 ? *p + repeated(p, n - 1) : 0; }
static double optional(const double *x, const double *more, int n) {
    return repeated(held->leaf, n) * x[0] + x[0] * x[0] + (n > 9 ? *more : 0);
}
/* what the program says is constant stays so, wherever it leads */
static double beside(const double *x, const struct expression *e) { return x[0] * evaluate(e); }

static void bind(const double **leaf, const double *to) { *leaf = to; }

int main(void) {
    static double other = 2;
    struct expression leaf = {&other}, tree = {0, &leaf, &leaf};
    double x[2] = {3, 4}, dx[2] = {0};
    CHECK_CLOSE(__enzyme_autodiff((void *)shared, 3.0, enzyme_const, &tree), 6, 1e-12);
    CHECK_CLOSE(__enzyme_autodiff((void *)own, 3.0, enzyme_const, &tree), 6, 1e-12);
    held = &tree;
    __enzyme_autodiff((void *)given, enzyme_dup, x, dx);
    CHECK_CLOSE(dx[1], 8, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)given, enzyme_dup, x, dx), 64, 1e-12);
    CHECK_CLOSE(__enzyme_autodiff((void *)several, 3.0, enzyme_const, &tree), 27, 1e-12);
    dx[0] = 0;
    __enzyme_autodiff((void *)optional, enzyme_dup, x, dx, enzyme_dup, (void *)0, (void *)0, 0);
    CHECK_CLOSE(dx[0], 6, 1e-12);
    dx[0] = dx[1] = 0;
    __enzyme_autodiff((void *)twice, enzyme_dup, x, dx);
    CHECK_CLOSE(dx[0], 8, 1e-12);
    CHECK_CLOSE(dx[1], 6, 1e-12);
    dx[0] = dx[1] = 0;
    bind(&leaf.leaf, x);
    IN_CHILD(__enzyme_autodiff((void *)given, enzyme_dup, x, dx));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the memory of argument 1 of 'given'"));
    IN_CHILD(__enzyme_fwddiff((void *)given, enzyme_dup, x, dx));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the memory of argument 1 of 'given'"));
    __enzyme_autodiff((void *)beside, enzyme_dup, x, dx, enzyme_const, &tree);
    CHECK_CLOSE(dx[0], 9, 1e-12);
#ifdef __x86_64__
    __asm__("leaq shared_bound(%%rip), %0" : "=r"(leaf.leaf));
    IN_CHILD(__enzyme_autodiff((void *)shared, 3.0, enzyme_const, &tree));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the variable 'shared_bound'"));
#endif
    bind(&leaf.leaf, &own_bound);
    IN_CHILD(__enzyme_autodiff((void *)own, 3.0, enzyme_const, &tree));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the variable 'own_bound'"));
    bind(&leaf.leaf, &second_bound);
    IN_CHILD(__enzyme_autodiff((void *)several, 3.0, enzyme_const, &tree));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the variable 'second_bound'"));
    return report();
}
