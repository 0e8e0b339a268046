/* Each level of the recursion has its own local array and its own heap block. */
#include "check.h"

static double norm(const double *x, int n) {
    double half[4], *pairs, r;
    if (n == 1) return x[0] * x[0];
    pairs = malloc(n * sizeof *pairs);
    for (int i = 0; i < n; i++) pairs[i] = x[i] * x[(i + 1) % n];
    for (int i = 0; i < n / 2; i++) half[i] = pairs[i] + sin(x[i + n / 2]);
    r = norm(half, n / 2) + 0.5 * norm(pairs, n / 2);
    free(pairs);
    return r;
}
ARRAY_TEST(norm)

int main(void) {
    CHECK(norm, 0.75, 0.25, -0.5, 0.3, 1.1, 0.2, 0.6, -0.9);
    return report();
}
