/* Functions behind pointers: in structs, tables that change, callbacks with a context, recursion. */
#include "check.h"

typedef double unary(double);
typedef void update(double *x, int n, void *context);

static double doubled(double x) { return 2 * x; }
static double squared(double x) { return x * x; }

/* A struct with methods. */
struct shape {
    double (*area)(const struct shape *);
    double size[2];
    const struct shape *inner;
};

static double rectangle(const struct shape *s) { return s->size[0] * s->size[1]; }
static double ring(const struct shape *s) {
    return s->size[0] * s->size[0] * s->size[1] - (s->inner ? s->inner->area(s->inner) : 0);
}

static double shapes(double *x, int n) {
    struct shape first = {rectangle, {x[0], x[1]}, NULL};
    struct shape row[2] = {{ring, {x[1], x[2]}, &first}, {rectangle, {x[2], x[0]}, &first}};
    double sum = 0;
    for (int i = 0; i < n; i++) sum += row[i & 1].area(&row[i & 1]) * x[i];
    return sum;
}
ARRAY_TEST(shapes)

/* A table that changes while the function runs. */
static unary *steps[3] = {sin, squared, doubled};

static double changing_table(double *x, int n) {
    double v = x[0];
    for (int i = 0; i < n; i++) {
        v = steps[i % 3](v) + x[i];
        unary *first = steps[0];
        steps[0] = steps[1];
        steps[1] = first;
    }
    for (int i = 0; i < n; i++) { /* as it was */
        unary *first = steps[0];
        steps[0] = steps[1];
        steps[1] = first;
    }
    return v;
}
ARRAY_TEST(changing_table)

/* Callbacks with a context that is active, and one that only counts. */
static int calls;
static void scale(double *x, int n, void *context) {
    for (int i = 0; i < n; i++) x[i] *= *(double *)context;
}
static void count(double *x, int n, void *context) {
    (void)x, (void)n;
    ++*(int *)context;
}
static NOINLINE void apply(update *f, double *x, int n, void *context) { f(x, n, context); }

static double callbacks(double *x, int n) {
    double factor = sin(x[0]) + 2;
    apply(scale, x, n, &factor);
    apply(count, x, n, &calls);
    apply(n > 2 ? scale : count, x, n, n > 2 ? (void *)&factor : (void *)&calls);
    return factor * x[n - 1];
}
ARRAY_TEST(callbacks)

/* Recursion with the function as an argument: adaptive integration. */
static double simpson(unary *f, double a, double fa, double b, double fb, double middle, double whole,
                      int depth) {
    double m = (a + b) / 2, left = f((a + m) / 2), right = f((m + b) / 2);
    double one = (m - a) / 6 * (fa + 4 * left + middle), two = (b - m) / 6 * (middle + 4 * right + fb);
    if (depth == 0 || b - a < 0.17 + 0 * whole) return one + two;
    return simpson(f, a, fa, m, middle, left, one, depth - 1) +
           simpson(f, m, middle, b, fb, right, two, depth - 1);
}

static double wave(double t) { return sin(3 * t) * exp(-t); }

static double integral(double *x, int n) {
    unary *f = n > 3 ? wave : squared;
    double a = x[0], b = x[1], m = f((a + b) / 2), fa = f(a), fb = f(b);
    return simpson(f, a, fa, b, fb, m, (b - a) / 6 * (fa + 4 * m + fb), 6);
}
ARRAY_TEST(integral)

/* A function that returns a pointer to one. */
static unary *choose(int k) { return k == 0 ? sin : k == 1 ? squared : k == 2 ? exp : doubled; }

static double chosen(double *x, int n) {
    double product = 1;
    for (int i = 0; i < n; i++) product *= 1 + choose(i)(x[i]);
    return product;
}
ARRAY_TEST(chosen)

/* The function is an argument of the one that is differentiated. */
static NOINLINE double sum_of(unary *f, const double *x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += f(x[i]) * x[0];
    return sum;
}

static double given_primal(double *z, int n) { return sum_of(choose(n - 3), z, n); }
static void given_reverse(double *z, double *bz, int n) {
    __enzyme_autodiff_void((void *)sum_of, enzyme_const, choose(n - 3), enzyme_dup, z, bz, enzyme_const, n);
}
static double given_forward(double *z, double *dz, int n) {
    return __enzyme_fwddiff((void *)sum_of, enzyme_const, choose(n - 3), enzyme_dup, z, dz, enzyme_const, n);
}

int main(void) {
    CHECK(shapes, 0.3, 1.5, -0.7, 0.4);
    CHECK(changing_table, 0.3, 0.5, -0.7, 0.4, 0.2);
    CHECK(callbacks, 0.3, 1.5, -0.7, 0.4);
    CHECK(callbacks, 0.3, 1.5);
    CHECK_TOL(integral, 1e-7, 0.3, 1.5, 0.1);
    CHECK_TOL(integral, 1e-7, 0.3, 1.5, 0.1, 0.2);
    CHECK(chosen, 0.3, 1.5, -0.7, 0.4);
    CHECK(given, 0.3, 1.5, -0.7);
    CHECK(given, 0.3, 1.5, -0.7, 0.4, 0.25);
    return report();
}
