/* alloca, fixed and of run-time size. */
#include "check.h"

static double f(double *x, int n) {
    double *t = __builtin_alloca(n * sizeof *t);
    for (int i = 0; i < n; i++) t[i] = x[n - 1 - i] * x[i];
    double *u = __builtin_alloca(2 * sizeof *u);
    u[0] = t[0] * t[n - 1];
    u[1] = sin(u[0]);
    return u[0] * u[1];
}
ARRAY_TEST(f)

/* Structs in memory of alloca, with an integer that goes its own way. */
struct point {
    double a, b;
    unsigned id;
};

NOINLINE static double walk(const struct point *p, int n, int depth, unsigned *ids) {
    struct point *q = __builtin_alloca((n + 1) * sizeof *q);
    int m = 1;
    double sum = 0;
    q[0] = p[n - 1];
    for (int i = 0; i < n; i++) {
        if (p[i].a * p[i].a < 0.01) continue;
        q[m] = p[i];
        q[m++].a = sin(p[i].a) + p[i].b;
    }
    if (depth > 0) return walk(q, m, depth - 1, ids);
    for (int i = 0; i < m; i++) {
        sum += q[i].a * q[i].b;
        *ids = *ids << 8 | (q[i].id & 0xFF);
    }
    return sum;
}

static double g(double *x, int n) {
    struct point points[3] = {{x[0], x[1], 1}, {x[2], x[0] * x[1], 2}, {1, x[2], 3}};
    unsigned ids = 0;
    (void)n;
    return walk(points, 3, 2, &ids) + (ids & 0xF);
}
ARRAY_TEST(g)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(g, 0.5, 1.25, -0.75);
    return report();
}
