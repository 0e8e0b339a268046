/* Trip counts held in memory and changed by the loop itself, or by the arithmetic. */
#include "check.h"

struct range { int begin, end, step; double weight; };

static NOINLINE void narrow(struct range *r) { r->end -= 1, r->weight *= 0.75; }

static double f(double *x, int n) {
    struct range r = {0, 2 * n, 1, x[0]};
    int *limit = malloc(sizeof *limit);
    double s = 0;
    for (int i = r.begin; i < r.end; i += r.step) {
        s += r.weight * x[i % n] * x[i % n];
        if (i % 2) narrow(&r);
        if (s > 2) r.step = 2;
    }
    *limit = n;
    for (int i = 0; i < *limit; i++) {
        s = s * 0.5 + sin(x[i] * s);
        if (s < 0) --*limit;
    }
    s *= *limit;
    free(limit);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 0.9, 1.5, -0.7, 1.2, -2.0);
    return report();
}
