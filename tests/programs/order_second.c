/* Second derivatives: forward over reverse, forward over forward, reverse over forward; through a global variable that
   is saved in each call of a recursive function. */
#include "order.h"

static struct state { double p; int k; double q[2]; double *r; } state;
NOINLINE static struct state turn(struct state s, double a) {
    s.p = sin(s.q[s.k & 1]);
    s.q[s.k & 1] = a * s.q[0];
    return s;
}
NOINLINE static double step(double a, const double *x, int k) {
    double b = sin(a);
    state.p = a * b;
    if (k > 0) b = step(cos(state.p), x, k - 1);
    state = turn(state, state.r[k & 1]);
    return b + state.q[k & 1];
}
static double saved(const double *x, int n) {
    double r[4];
    for (int i = 0; i < 4; i++) r[i] = x[i];
    state = (struct state){x[0], 1, {x[1], x[2]}, r};
    return step(x[3], x, 3) + state.p;
}
SECOND_TEST(saved)

static double f(double x, double y) { return x * x * x * y + sin(x * y); }

static double along_x(double x, double y) { return __enzyme_fwddiff((void *)f, x, 1.0, enzyme_const, y); }
static double partial_x(double x, double y) {
    return __enzyme_autodiff((void *)f, enzyme_out, x, enzyme_const, y);
}

int main(void) {
    double x = 0.7, y = -1.3, s = sin(x * y), c = cos(x * y);
    double xx = 6 * x * y - y * y * s, xy = 3 * x * x + c - x * y * s;
    if (!markers_work) return report();
    CHECK_CLOSE(__enzyme_fwddiff((void *)along_x, x, 1.0, enzyme_const, y), xx, 1e-13);
    CHECK_CLOSE(__enzyme_fwddiff((void *)partial_x, enzyme_const, x, y, 1.0), xy, 1e-13);
    struct two g = __enzyme_autodiff_two((void *)along_x, x, y);
    CHECK_CLOSE(g.a, xx, 1e-13);
    CHECK_CLOSE(g.b, xy, 1e-13);
    SECOND_CHECK(saved, ((double[]){0.3, 0.7, -0.4, 0.9}), 4);
    return report();
}
