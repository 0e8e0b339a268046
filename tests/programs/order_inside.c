/* Functions that use derivatives in the middle: training steps, penalties on gradients, Newton's method. */
#include "check.h"

enum { M = 3 };

static double model(const double *w, const double *x) {
    double s = 0;
    for (int i = 0; i < M; i++) {
        double t = 1;
        for (int j = 0; j <= i; j++) t = t * sin(w[j] * x[i]) + w[i];
        s += t * t;
    }
    return s;
}

NOINLINE static void step(double *w, const double *x, double rate) {
    double g[M] = {0};
    __enzyme_autodiff_void((void *)model, enzyme_dup, w, g, enzyme_const, x);
    for (int i = 0; i < M; i++) w[i] -= rate * g[i];
}

/* z: weights, then data, then the rate. The loss after training, by all of them. */
static double train(double *z, int n) {
    double w[M];
    for (int i = 0; i < M; i++) w[i] = z[i];
    for (int k = 0; k < 5 + 0 * n; k++) step(w, z + M, z[2 * M]);
    return model(w, z + M);
}
ARRAY_TEST(train)

/* The gradient by the data is a function of the weights. */
static double penalty(double *z, int n) {
    double g[M] = {0}, s = 0;
    __enzyme_autodiff_void((void *)model, enzyme_const, z, enzyme_dup, z + M, g);
    for (int i = 0; i < M; i++) s += g[i] * g[i];
    return s * z[n - 1];
}
ARRAY_TEST(penalty)

static double equation(double x, double a) { return x * x * x + a * x - 2; }
static double root(double a) {
    double x = 1;
    for (int k = 0; k < 30; k++) {
        double r = equation(x, a);
        if (fabs(r) < 1e-14) break;
        x -= r / __enzyme_autodiff((void *)equation, enzyme_out, x, enzyme_const, a);
    }
    return x;
}
static double newton(double *z, int n) { return root(z[0]) * z[1] + 0 * n; }
ARRAY_TEST(newton)

/* The inner derivative is of no use to the outer one, or only its sign is. */
static double square(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i] * x[i] * x[i];
    return s;
}
static double idle(double *z, int n) {
    double g[16] = {0}, fixed[4] = {1, 2, 3, 4}, s = 0;
    __enzyme_autodiff_void((void *)square, enzyme_dup, fixed, g, enzyme_const, 4);
    for (int i = 0; i < n; i++) s += z[i] * g[i % 4];
    for (int i = 0; i < 4; i++) fixed[i] = g[i];
    for (int i = 0; i < 16; i++) g[i] = 0;
    __enzyme_autodiff_void((void *)square, z, g, n);
    for (int i = 0; i < n; i++)
        if (g[i] > 1) s += z[i] * fixed[i % 4];
    return s;
}
ARRAY_TEST(idle)

/* A recursive function's derivative, each time of another depth. */
NOINLINE static double tower(double x, int n) { return n ? sin(tower(x, n - 1) * x) + x : x * x; }
static double towers(double *z, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += __enzyme_autodiff((void *)tower, z[i], i) * z[(i + 1) % n];
    return s;
}
ARRAY_TEST(towers)

static double wavy(double x) { return sin(2 * x) * exp(x); }
static double slope(double x) { return __enzyme_autodiff((void *)wavy, x); }
static double turn(double x) { return __enzyme_fwddiff((void *)slope, x, 1.0); }
static double fourth(double *z, int n) { /* the check differentiates once more */
    double s = 0;
    for (int i = 0; i < n; i++) s += __enzyme_autodiff((void *)turn, z[i]) * z[i];
    return s;
}
ARRAY_TEST(fourth)

int main(void) {
#define ARGS 0.3, -0.4, 0.8, 0.5, 0.9, -0.7, 0.05
    if (!markers_work) return report();
    CHECK(train, ARGS);
    CHECK(penalty, ARGS);
    CHECK(newton, ARGS);
    CHECK(idle, ARGS);
    CHECK(towers, ARGS);
    CHECK(fourth, ARGS);
    return report();
}
