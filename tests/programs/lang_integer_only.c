/* Much integer code beside a little arithmetic: sieve, greatest common divisors, bit counts, sorting. */
#include "check.h"

static int gcd(int a, int b) { return b ? gcd(b, a % b) : a; }
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static double f(double *x, int n) {
    char composite[40] = {0};
    int list[6] = {5, 3, 9, 1, 7, 2}, count = 0;
    double s = 0;
    for (int i = 2; i < 40; i++) {
        if (composite[i]) continue;
        for (int j = 2 * i; j < 40; j += i) composite[j] = 1;
        s += x[i % n] * gcd(i, 12);
        count += __builtin_popcount(i);
    }
    qsort(list, 6, sizeof *list, compare);
    for (int i = 0; i < 6; i++) s = s * 0.5 + x[list[i] % n] * x[0];
    return s * count;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    return report();
}
