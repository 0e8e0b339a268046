/* Out-parameters of pointer type, and a cursor advanced through its address. */
#include "check.h"

static double take(const double **cursor) { return *(*cursor)++; }

static void pick(double *a, double *b, int which, double **out) { *out = which ? a : b; }

static double f(double *x, int n) {
    const double *cursor = x;
    double a[2] = {0, 0}, b[2] = {1, 1}, *p, **pp = &p, ***ppp = &pp;
    for (int i = 0; i < n; i++) {
        pick(a, b, i & 1, pp);
        (**ppp)[i % 2] += take(&cursor) * a[0];
        *p += x[0];
        pick(b + 1, a + 1, i % 3 == 0, *ppp);
        p[0] *= x[i];
    }
    return a[0] * b[1] + a[1] * b[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 1.5);
    return report();
}
