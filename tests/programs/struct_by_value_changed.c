/* Structs passed by value in memory: the callee changes its own, whatever else uses the caller's. LLVM
   hands on the caller's object where the call copies anyway. All recurse, so that calls stay. */
#include "check.h"

struct big { double e[4]; int k; double *at; };

static double sum(struct big b) {
    double r = 0;
    for (int i = 0; i < 4; i++) r += b.e[i] * b.e[(i + 1) & 3];
    return r + b.at[b.k & 1];
}

/* It changes the parameter; the caller goes on with its own. */
static double change(struct big b, double s, int depth) {
    for (int i = 0; i < 4; i++) b.e[i] *= s;
    b.k++;
    double r = 0;
    if (depth > 0) r = change(b, sin(s), depth - 1) + change(b, cos(s), depth - 2);
    return r + sum(b);
}

/* It only reads the parameter, and changes the caller's object behind another pointer. */
static double meanwhile(struct big b, struct big *a, int depth) {
    a->e[depth & 3] = sin(b.e[1]);
    a->k++;
    double r = depth > 0 ? meanwhile(*a, a, depth - 1) + meanwhile(b, a, depth - 2) : 0;
    return r + sum(b);
}

/* The result lies where the argument does. */
static struct big turned(struct big b, int depth) {
    struct big r = b;
    for (int i = 0; i < 4; i++) r.e[i] = b.e[(i + 1) & 3] * b.e[i];
    if (depth > 0) r = turned(r, depth - 1);
    r.e[depth & 3] += b.e[0];
    return r;
}

/* It keeps a pointer to its own. */
static double kept(struct big b, double *other, int depth) {
    double *p = depth & 1 ? b.e : other;
    p[1] *= 1.25;
    double r = depth > 0 ? kept(b, p, depth - 1) + kept(b, p + 1, depth - 2) : b.e[2];
    return r + p[0] * p[1];
}

static double (*const way[])(struct big, double, int) = {change, change};
static struct big global;

static double f(double *x, int n) {
    struct big a = {{x[0], x[1], x[2], x[0] * x[1]}, n, x};
    double r = change(a, x[1], n) + way[n & 1](a, x[2], n - 1) * a.e[0] + sum(a);
    r += meanwhile(a, &a, n) * 0.1 + sum(a);
    a = turned(a, n);
    r += sin(sum(a));
    double other[4] = {x[1], x[2], 0.5, x[0]};
    r += kept(a, other, n) * 0.01 + a.e[1] + other[1];
    global = a;
    r += 0.1 * change(global, x[0], 2) + 0.01 * sum(global) + 0.1 * meanwhile(global, &global, 2);
    global.at = 0;
    return r + global.e[3];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    CHECK(f, 0.6, -0.4, 0.2);
    return report();
}
