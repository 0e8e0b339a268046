/* A large function: four hundred statements by macro, with branches and small loops. */
#include "check.h"

#define STEP(a, b, c) \
    a = a * 0.75 + sin(b) * 0.125; \
    if (a > c) b = b * 0.5 - 0.1 * a; \
    else c = c * 0.875 + 0.0625 * b * a; \
    for (int i = 0; i < 2; i++) v[(i + k) % 4] += 0.05 * a * v[i];
#define FOUR(a, b, c) STEP(a, b, c) STEP(b, c, a) STEP(c, a, b) STEP(a, c, b)
#define SIXTEEN(a, b, c) FOUR(a, b, c) FOUR(b, a, c) FOUR(c, b, a) FOUR(b, c, a)

static double f(double *x, int n) {
    double p = x[0], q = x[1], r = x[2], v[4] = {p, q, r, 1};
    int k = n;
    SIXTEEN(p, q, r) k++;
    SIXTEEN(q, p, r) k++;
    SIXTEEN(r, q, p) k++;
    SIXTEEN(q, r, p) k++;
    SIXTEEN(p, r, q) k++;
    SIXTEEN(r, p, q)
    return p * q + r + v[0] * v[1] + v[2] * v[3];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.75, 0.3, -0.5);
    return report();
}
