/* memset kills what was there; partly zeroed arrays; also of structs. */
#include "check.h"

struct mixed { double a; int k; float b; };

static double f(double *x, int n) {
    double t[6];
    struct mixed m[2];
    for (int i = 0; i < 6; i++) t[i] = x[i % n] * i;
    memset(t + 1, 0, 2 * sizeof *t);
    double s = 0;
    for (int i = 0; i < 6; i++) s += t[i] * t[i];
    m[0].a = m[1].a = x[0];
    m[0].k = m[1].k = 3;
    m[0].b = m[1].b = 2;
    memset(&m[1], 0, sizeof m[1]);
    for (int i = 0; i < 2; i++) s += m[i].a * m[i].k * m[i].b;
    memset(x, 0, (n / 2) * sizeof *x);
    return s + x[0] + x[n - 1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(f, 0.5);
    return report();
}
