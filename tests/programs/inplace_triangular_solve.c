/* Forward and back substitution in place of the right-hand side. */
#include "check.h"

enum { N = 4 };

/* z is the lower triangle by rows (10), then the right-hand side (4) */
static void solve(double *z, int n) {
    double *b = z + N * (N + 1) / 2;
    (void)n;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) b[i] -= z[i * (i + 1) / 2 + j] * b[j];
        b[i] /= z[i * (i + 1) / 2 + i];
    }
    for (int i = N - 1; i >= 0; i--) {
        b[i] /= z[i * (i + 1) / 2 + i];
        for (int j = 0; j < i; j++) b[j] -= z[i * (i + 1) / 2 + j] * b[i];
    }
}
INPLACE_TEST(solve)

int main(void) {
    CHECK(solve, 2, 0.5, 3, -1, 0.25, 2.5, 0.1, 0.2, 0.3, 1.5, /**/ 1, 2, 3, 4);
    return report();
}
