/* may be refused: A struct of two integers laid over numbers on the heap, to change their signs. */
#include "check.h"

struct halves { unsigned low, high; };

static double f(double *x, int n) {
    double *a = malloc(n * sizeof *a), s = 0;
    for (int i = 0; i < n; i++) a[i] = x[i] * x[0];
    for (int i = 0; i < n; i++) {
        struct halves *h = (struct halves *)&a[i];
        if (h->high >> 31) h->high ^= 0x80000000u;
        s += a[i] * (i + 1);
    }
    free(a);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
