/* noinline helpers that overwrite their argument: what they overwrote is needed in reverse. */
#include "check.h"

static NOINLINE void square_all(double *x, int n) {
    for (int i = 0; i < n; i++) x[i] *= x[i];
}
static NOINLINE void mix(double *a, double *b) {
    double t = *a * *b;
    *b = sin(*a);
    *a = t;
}

static void f(double *x, int n) {
    for (int k = 0; k < 3; k++) {
        square_all(x, n - k % 2);
        mix(&x[0], &x[n - 1]);
        mix(&x[k], &x[0]);
    }
}
INPLACE_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75, 0.9);
    return report();
}
