/* A compiler barrier and an integer asm statement are no business of derivatives. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0;
    int k = n;
    for (int i = 0; i < n; i++) {
        __asm__ volatile("" ::: "memory");
        s += x[i] * x[i] * k;
        x[i] = s;
    }
    return s * x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
