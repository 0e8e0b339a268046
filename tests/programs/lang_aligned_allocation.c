/* aligned_alloc, posix_memalign, strdup beside it, and a null free. */
#include "check.h"

static double f(double *x, int n) {
    double *a = aligned_alloc(32, 4 * ((n + 3) / 4) * sizeof *a), s = 0;
    void *b;
    char *name = strdup("name");
    if (!a || !name || posix_memalign(&b, 64, n * sizeof *a)) abort();
    double *c = b;
    for (int i = 0; i < n; i++) a[i] = x[i] * x[i], c[i] = a[i] * x[0];
    for (int i = 0; i < n; i++) s += a[i] * c[n - 1 - i] * (name[0] == 'n');
    free(a);
    free(b);
    free(name);
    free(NULL);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    return report();
}
