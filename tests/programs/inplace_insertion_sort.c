/* Sorting in place moves derivatives; then weights by rank. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0;
    for (int i = 1; i < n; i++) {
        double v = x[i];
        int j = i;
        while (j > 0 && x[j - 1] > v) {
            x[j] = x[j - 1];
            j--;
        }
        x[j] = v;
    }
    for (int i = 0; i < n; i++) s += (i + 1) * x[i] * x[i];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 3, 1, 2);
    CHECK(f, 0.5, 0.25, -0.75, 2, 1.25, -0.6);
    return report();
}
