/* A buffer that is only allocated on one branch, else a local one; null otherwise. */
#include "check.h"

static double f(double *x, int n) {
    double small[4], *buffer = small, *extra = NULL;
    if (n > 4) buffer = malloc(n * sizeof *buffer);
    if (x[0] > 1) extra = calloc(2, sizeof *extra);
    for (int i = 0; i < n; i++) {
        buffer[i] = x[i] * x[0];
        if (extra) extra[i & 1] += buffer[i] * x[i];
    }
    double s = 0;
    for (int i = 0; i < n; i++) s += buffer[i] * buffer[n - 1 - i];
    if (extra) s += extra[0] * extra[1];
    free(extra);
    if (buffer != small) free(buffer);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(f, 1.5, 1.25, -0.75);
    CHECK(f, 0.5, 1.25, -0.75, 0.25, 1);
    CHECK(f, 1.5, 1.25, -0.75, 0.25, 1, 2);
    return report();
}
