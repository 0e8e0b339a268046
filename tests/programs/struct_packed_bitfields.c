/* Bit-fields and a packed struct beside active doubles. */
#include "check.h"

struct flags { unsigned kind : 3, sign : 1; int count : 6; double value; };
struct __attribute__((packed)) packed { char c; double value; float weight; short k; };

static double f(double *x, int n) {
    struct flags a[3];
    struct packed p = {'x', x[0] * x[1], 2, 3};
    double s = 0;
    for (int i = 0; i < 3; i++) {
        a[i].kind = i;
        a[i].sign = x[i % n] < 0;
        a[i].count = -i;
        a[i].value = x[i % n] * p.value;
    }
    struct packed q = p;
    for (int i = 0; i < 3; i++) s += (a[i].sign ? -1 : 1) * a[i].value * (a[i].kind + a[i].count * 0.5);
    return s + q.value * q.weight * q.k;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
