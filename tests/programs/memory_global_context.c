/* A global struct that the function itself fills with what it works on, argument and all: that it still
   points to the arguments of the call before is no fault. */
#include "check.h"

struct context { double scale; int n; double *data; double weight[2]; };
static struct context state;
static double *current;

NOINLINE static double term(int i) {
    return state.scale * sin(state.data[i]) + state.weight[i & 1] * current[i];
}
static double f(double *x, int n) {
    struct context local = {x[0], n, x, {x[1], 2.0}}, both[2];
    double s = 0;
    both[0] = both[1] = local;
    state = both[n > 4];
    memcpy(&current, &local.data, sizeof current);
    for (int i = 0; i < state.n; i++) s += term(i) * term(i);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, 0.7, -0.2);
    CHECK(f, 0.3, 0.5, 0.7, -0.2, 0.4);
    return report();
}
