/* Functions that several markers have in common are differentiated once, if they see numbers only:
 * which parameters are active differs from marker to marker, and what else looks alike is not. */
#include "check.h"

static const double weights[5] = {0.5, -1.25, 0.75, 2, 0.125};
static const double *const rows[2] = {weights, weights + 1};

/* Local memory, constant tables behind pointers, a heap block; linear in a. */
static double shape(double a, double b, int n) {
    double t[4] = {a, b, a * b, 1}, s = 0;
    double *kept = malloc(2 * sizeof *kept);
    kept[0] = a * rows[n & 1][n & 3];
    kept[1] = b;
    for (int i = 0; i < 4; i++) s += t[i] * rows[i % 2][i];
    s += kept[0] * sin(kept[1]);
    free(kept);
    return n <= 0 ? s : s + 0.5 * shape(0.25 * a + 0.1, b * 0.5, n - 1) - 0.125 * shape(0.3 * a, b, n - 2);
}

static double both(double *x, int n) { return shape(x[0], x[1], n) * x[2]; }
ARRAY_TEST(both)
static double first(double *x, int n) { return shape(x[0], 0.75, n) + x[1] * x[1]; }
ARRAY_TEST(first)
static double second(double *x, int n) { return shape(0.5, x[1], n + 1) * x[0]; }
ARRAY_TEST(second)
static double decides(double *x, int n) { return shape(x[0], x[1], n) > 0 ? x[0] * x[1] : x[1]; }
ARRAY_TEST(decides)
static double twice(double *x, int n) { return shape(shape(x[0], x[1], n), x[2], n) + x[0]; }
ARRAY_TEST(twice)
static double first_again(double *x, int n) { return 3 * shape(x[1], 1.5, n + 2); }
ARRAY_TEST(first_again)

/* What a pointer leads to is seen within only: by one marker it is active, by the other not. */
static void spread(const double *x, double *y, int n) {
    for (int i = 0; i < 3; i++) y[i] += x[i] * x[(i + 1) % 3];
    if (n > 0) spread(y, y, n - 1);
}
static double inside(double a, int n) {
    double x[3] = {a, 1, 2}, y[3] = {0, a, 1};
    spread(x, y, n % 2);
    return n <= 0 ? y[0] + y[1] * y[2] : y[2] * 0.1 + 0.25 * inside(0.5 * a, n - 1);
}
static double outside(double *x, int n) {
    double y[3] = {1, 2, x[0]};
    spread(x, y, 1);
    return inside(0.5, n) * y[2] + y[1];
}
ARRAY_TEST(outside)
static double within(double *x, int n) { return inside(x[0], n) * x[1] + inside(x[2], n + 1); }
ARRAY_TEST(within)
static double on_both_sides(double *x, int n) {
    double y[3] = {x[1], 2, x[0]};
    spread(x, y, 1);
    return inside(x[0], n) * y[2] + y[1];
}
ARRAY_TEST(on_both_sides)

/* These see more than numbers: a variable, and a table of pointers to one. */
static double scale = 1;
static double *const scales[1] = {&scale};
static double scaled(double a, int n) { return n <= 0 ? a * scale : scale * a + 0.5 * scaled(a * a, n - 1); }
static double behind(double a, int n) {
    return n <= 0 ? a * *scales[0] : *scales[0] * a + 0.5 * behind(a * a, n - 1);
}
static double constant_scale(double *x, int n) {
    scale = 2;
    return scaled(x[0], n) + behind(x[1], n);
}
ARRAY_TEST(constant_scale)
static double active_scale(double *x, int n) {
    scale = x[1];
    double r = scaled(x[0], n) + behind(x[2], n);
    scale = 1;
    return r;
}
ARRAY_TEST(active_scale)

/* An integer that is a pointer. */
static double pointed(uintptr_t p, double a, int n) {
    double v = *(double *)p;
    return n <= 0 ? v * a : v + 0.5 * pointed(p, a * a, n - 1);
}
static double to_constant(double *x, int n) {
    double c = 0.5;
    return pointed((uintptr_t)&c, x[0], n) * x[1];
}
ARRAY_TEST(to_constant)
static double to_active(double *x, int n) {
    double c = x[1] * x[1];
    return pointed((uintptr_t)&c, x[0], n) * x[1];
}
ARRAY_TEST(to_active)

int main(void) {
    CHECK(both, 0.75, 1.25, -0.5);
    CHECK(first, 0.75, 1.25, -0.5);
    CHECK(second, 0.75, 1.25, -0.5);
    CHECK(decides, 0.75, 1.25, -0.5);
    CHECK(twice, 0.75, 1.25, -0.5);
    CHECK(first_again, 0.75, 1.25, -0.5);
    CHECK(outside, 0.75, 1.25, -0.5);
    CHECK(within, 0.75, 1.25, -0.5);
    CHECK(on_both_sides, 0.75, 1.25, -0.5);
    CHECK(constant_scale, 0.75, 1.25, -0.5);
    CHECK(active_scale, 0.75, 1.25, -0.5);
    CHECK(to_constant, 0.75, 1.25, -0.5);
    CHECK(to_active, 0.75, 1.25, -0.5);
    return report();
}
