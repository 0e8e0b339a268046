/* may be refused where the loop is not seen to be a copy: a double moved byte by byte. */
#include "check.h"

static void copy(void *to, const void *from, size_t size) {
    unsigned char *t = to;
    const unsigned char *f = from;
    for (size_t i = 0; i < size; i++) t[i] = f[i];
}

static double f(double *x, int n) {
    double y[4];
    copy(y, x, n * sizeof *x);
    return y[0] * y[n - 1] + sin(y[0]);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
