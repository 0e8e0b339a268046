/* Unsigned numbers without their remainder are no multiples once they are taken for negative ones. */
#include "check.h"

struct row { double a; long k; double b; };

static volatile unsigned large = 4294967295u;

/* 4294967295 % 24 is 15, and what is left is -16 as an int: it leads from b to a. */
static double step_back(double *x, int n) {
    struct row s[8];
    for (int k = 0; k < 8; k++) s[k] = (struct row){x[k % n], k, x[(k + 1) % n] * k};
    double r = 0;
    for (int k = 0; k < 8; k++) r += s[k].a * s[k].a * s[k].b * s[k].k;
    unsigned u = large;
    int i = (int)(u - u % 24u);
    *(double *)((char *)&s[2].b + i) = x[0] * x[1];
    for (int k = 0; k < 8; k++) r += s[k].a * s[k].a * s[k].b * s[k].k;
    return r;
}

ARRAY_TEST(step_back)

int main(void) {
    CHECK(step_back, 0.3, 0.5, 0.7);
    return report();
}
