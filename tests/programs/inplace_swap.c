/* Swaps through pointers, also of an element with itself, and a reversal. */
#include "check.h"

static void swap(double *a, double *b) {
    double t = *a;
    *a = *b;
    *b = t;
}

static double f(double *x, int n) {
    for (int i = 0, j = n - 1; i < j; i++, j--) swap(&x[i], &x[j]);
    swap(x, x);
    for (int i = 0; i < n; i++) swap(&x[i], &x[(i * 3 + 1) % n]);
    double r = 0;
    for (int i = 0; i < n; i++) r = r * 0.5 + x[i] * x[i] * (i + 1);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, -0.75, 2, 1.25);
    return report();
}
