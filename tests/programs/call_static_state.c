/* Static scratch memory of integers, and an inline-able helper with a static const table. */
#include "check.h"

static NOINLINE int next(void) {
    static unsigned state = 1;
    state = state * 75 % 65537;
    return (int)(state % 3);
}

static double f(double *x, int n) {
    static int visited[8];
    double s = 0;
    for (int i = 0; i < n; i++) visited[i] = 0;
    for (int i = 0; i < 2 * n; i++) {
        int k = i * i % n;
        if (visited[k]++) s += x[k] * s;
        else s += x[k] * x[k];
    }
    return s + 0 * next();
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.75, 0.3, -0.5);
    return report();
}
