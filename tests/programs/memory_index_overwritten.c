/* Integer tables that change while they steer the computation. */
#include "check.h"

static double f(double *x, int n) {
    int next[8], visits[8] = {0};
    double s = 0.3;
    for (int i = 0; i < n; i++) next[i] = (i + 1) % n;
    for (int i = 0, at = 0; i < 4 * n; i++) {
        s = s * 0.6 + x[at] * sin(s);
        visits[at]++;
        int to = next[at];
        next[at] = next[to];
        if (visits[to] > 2) next[at] = (at + i) % n;
        at = to;
    }
    for (int i = 0; i < n; i++) s += visits[i] * x[i] * x[i];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 0.3, 1.5, -0.7, 0.9, 0.2);
    return report();
}
