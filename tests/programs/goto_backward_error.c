/* The clean-up idiom of C: forward gotos to labels that free what was made. */
#include "check.h"

static int solve(const double *x, int n, double *result) {
    int status = -1;
    double *a = malloc(n * sizeof *a), *b = NULL;
    if (!a) goto done;
    b = calloc(n, sizeof *b);
    if (!b) goto free_a;
    for (int i = 0; i < n; i++) {
        a[i] = x[i] * x[i];
        if (a[i] > 50) goto free_b;
        b[n - 1 - i] += a[i] * x[0];
    }
    *result = 0;
    for (int i = 0; i < n; i++) *result += a[i] * b[i];
    status = 0;
free_b:
    free(b);
free_a:
    free(a);
done:
    return status;
}

static double f(double *x, int n) {
    double r = 0.5 * x[n - 1];
    if (solve(x, n, &r) != 0) r = r * r;
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, 0.25);
    CHECK(f, 1.5, 9.75, 0.25);
    return report();
}
