/* One more element with each iteration, by realloc. */
#include "check.h"

static double f(double *x, int n) {
    double *p = NULL, s = 0;
    int size = 0;
    for (int i = 0; i < n; i++) {
        double *q = realloc(p, (size + 1) * sizeof *q);
        if (!q) {
            free(p);
            return 0;
        }
        p = q;
        p[size] = x[i] * (size > 0 ? p[size - 1] : 1.5);
        size++;
        if (p[size - 1] < -1) break;
    }
    for (int i = 0; i < size; i++) s += p[i] * p[i];
    free(p);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 1.3, 0.9, 1.1);
    CHECK(f, 1.5, -1.25, -0.75);
    return report();
}
