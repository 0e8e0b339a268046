/* Pointers that point to active or to constant memory, by branch, by table, and in structs. */
#include "check.h"

static const double table[4] = {0.5, 1.5, 2.5, 3.5};
struct source { const double *data; double gain; };

static double f(double *x, int n) {
    double zeros[4] = {0, 0, 0, 0}, s = 0.1;
    const double *sources[3] = {x, table, zeros};
    struct source pair[2] = {{table, x[0]}, {x, 2}};
    for (int i = 0; i < 3 * n; i++) {
        const double *p = x[i % n] > 0 ? table : x;
        s = 0.5 * s + p[i % 2] * x[i % n] + sources[i % 3][i % 2] * s;
        s += pair[i & 1].data[i % n] * pair[i & 1].gain;
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, -0.3, 1.5, -0.7, 0.2);
    return report();
}
