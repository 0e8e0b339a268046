/* Calls that the forward sweep does not need are differentiated whole in the reverse sweep. Which
 * these are, tests/ad/test_whole.py says; here are their derivatives, and those of calls that look alike. */
#include "check.h"

/* Linear, in place: nobody wants what it writes but where it is squared. */
static void combine(double *z, int n) {
    if (n <= 1) return;
    combine(z, n / 2);
    combine(z + n / 2, n - n / 2);
    double c = 1, s = 0.25;
    for (int i = 0; i < n / 2; i++) {
        double other = z[i + n / 2] * c;
        z[i + n / 2] = z[i] - s * other;
        z[i] += other;
        c = 0.8 * c - 0.6 * s;
        s = 0.8 * s + 0.6 * c;
    }
}

static double linear(double *x, int n) {
    double z[16], r = 0;
    for (int i = 0; i < n; i++) z[i] = x[i] * x[(i + 1) % n];
    combine(z, n);
    for (int i = 0; i < n; i++) r += (i + 1) * z[i];
    return r;
}
ARRAY_TEST(linear)

static double squared(double *x, int n) {
    double z[16], r = 0;
    for (int i = 0; i < n; i++) z[i] = x[i] * x[(i + 1) % n];
    combine(z, n);
    for (int i = 0; i < n; i++) r += z[i] * z[i];
    return r;
}
ARRAY_TEST(squared)

/* A result that is only added up; loops whose trip counts are known and not. */
static double chain(const double *x, int n, double start) {
    double s = start;
    for (int i = 0; i < n; i++) s = sin(s + x[i]) * x[i];
    for (int k = n; k > 1; k = k % 2 ? 3 * k + 1 : k / 2) s += 0.1 * s * s * x[0];
    return n > 1 ? s + 0.5 * chain(x, n - 1, 0.3 * x[n - 1]) - 0.1 * chain(x + 1, n - 2, s) : s;
}

static double added(double *x, int n) {
    double r = 0;
    for (int i = 1; i < n; i++) r += i * chain(x, i, 0.1 * x[i]);
    return r;
}
ARRAY_TEST(added)

static double multiplied(double *x, int n) {
    double r = 1;
    for (int i = 1; i < n; i++) r *= chain(x, i, x[i]);
    return r;
}
ARRAY_TEST(multiplied)

static double decides(double *x, int n) {
    double r = 0;
    for (int i = 1; i < n; i++) r += chain(x, i, x[i]) > 1.15 ? x[i] * 3 : x[i] * x[0];
    return r;
}
ARRAY_TEST(decides)

/* What it reads is changed behind it. */
static double changed(double *x, int n) {
    double z[16], r = 0;
    memcpy(z, x, n * sizeof *z);
    for (int i = 1; i < n; i++) {
        r += chain(z, n, x[i]);
        z[i] *= z[i - 1];
    }
    return r;
}
ARRAY_TEST(changed)

/* ... and so is what a pointer leads to. */
static double row_changed(double *x, int n) {
    double a[16], b[16], *rows[2] = {a, b}, r = 0;
    for (int i = 0; i < n; i++) a[i] = x[i] * x[0], b[i] = sin(x[i]);
    for (int i = 0; i < 4; i++) {
        r += chain(rows[i % 2], n, x[i % n]);
        double *swapped = rows[0];
        if (i) rows[0] = rows[1], rows[1] = swapped;
    }
    return r;
}
ARRAY_TEST(row_changed)

/* Two functions in turn, one of which counts. */
static int calls;
static double even(const double *x, int n);
static double odd(const double *x, int n) { return n <= 0 ? *x : 2 * even(x + 1, n - 1) - x[0] * x[1]; }
static double even(const double *x, int n) {
    calls++;
    return n <= 0 ? *x * *x : odd(x + 1, n - 1) + sin(x[0]);
}
static double in_turn(double *x, int n) { return odd(x, n - 1) * 0.5; }
ARRAY_TEST(in_turn)

/* A tree of numbers, and one that is walked only as far as its numbers say. */
struct tree {
    double value;
    struct tree *left, *right;
};
static double sum(const struct tree *t, const double *x) {
    if (!t) return 0;
    return t->value * x[0] + sum(t->left, x + 1) - 0.5 * sum(t->right, x + 1);
}
static double walk(const struct tree *t, const double *x) {
    if (!t) return 1;
    double first = walk(t->left, x + 1);
    return first > 1.2 ? first * x[0] : x[0] * t->value + walk(t->right, x);
}
static struct tree twig = {0.5, 0, 0}, trunk = {-1, &twig, &twig};
static double trees(double *x, int n) {
    struct tree a = {0.5, 0, 0}, b = {1.5, 0, 0}, c = {2, &a, &b}, d = {-1, &c, &a};
    (void)n;
    return sum(&d, x) + walk(&d, x) + walk(&trunk, x);
}
ARRAY_TEST(trees)
static double static_tree(double *x, int n) { return 3 * sum(&trunk, x) - sum(&twig, x + n / 2); }
ARRAY_TEST(static_tree)

/* Into memory that the caller does not need. */
static void into(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) y[i] = x[i] * 2 + 1;
    combine(y, n);
}

int main(void) {
    CHECK(linear, 0.75, 1.25, -0.5, 0.3, 1.1, 0.2, 0.6, -0.9);
    CHECK(squared, 0.75, 1.25, -0.5, 0.3, 1.1, 0.2, 0.6, -0.9);
    CHECK(added, 0.75, 0.25, 0.5, 0.3, 1.1);
    CHECK(multiplied, 0.75, 0.25, 0.5, 0.3, 1.1);
    CHECK(decides, 0.75, 0.25, 0.5, 0.3, 1.1);
    CHECK(changed, 0.75, 0.25, 0.5, 0.3, 1.1);
    CHECK(row_changed, 0.75, 0.25, 0.5, 0.3, 1.1);
    CHECK(in_turn, 0.75, 0.25, 0.5, 0.3, 1.1);
    CHECK(static_tree, 0.75, 0.25, 0.5, 0.3, 1.1);
    CHECK(trees, 0.75, 0.25, 0.5, 0.3, 1.1);
    double x[7] = {1, 2, 3, 4, 5, 6, 7}, dx[7] = {0}, y[7], z[7], dy[7] = {1, -2, 3, 0.5, 1, 1, 4};
    double want = 0, got = 0;
    for (int i = 0; i < 7; i++) z[i] = 0;
    into(x, y, 7);
    into(z, z, 7);
    for (int i = 0; i < 7; i++) want += dy[i] * (y[i] - z[i]);
    if (markers_work) {
        __enzyme_autodiff_void((void *)into, enzyme_const, x, enzyme_dupnoneed, y, dy, enzyme_const, 7);
        for (int i = 0; i < 7; i++) dy[i] = (double[]){1, -2, 3, 0.5, 1, 1, 4}[i];
        __enzyme_autodiff_void((void *)into, x, dx, enzyme_dupnoneed, y, dy, enzyme_const, 7);
        for (int i = 0; i < 7; i++) got += dx[i] * x[i];
        CHECK_CLOSE(got, want, 1e-12);
        CHECK_TRUE(calls > 0);
    }
    return report();
}
