/* Masks, counts and opcodes in char, short and bool arrays beside doubles. */
#include "check.h"
#include <stdbool.h>

static double f(double *x, int n) {
    bool mask[8];
    signed char sign[8];
    unsigned short rank[8];
    double s = 0;
    for (int i = 0; i < n; i++) {
        mask[i] = x[i] > 0.5;
        sign[i] = x[i] < 0 ? -1 : 1;
        rank[i] = (unsigned short)(65530 + 3 * i);
    }
    for (int i = 0; i < n; i++) {
        if (mask[i] && !mask[(i + 1) % n]) s += x[i] * x[i];
        s += sign[i] * x[i] * (rank[i] % 7) + (mask[i] ^ (i & 1)) * x[0];
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7, 0.8);
    return report();
}
