/* A static array that a pointer walks through, down and up: in the reverse sweep it walks through the shadow. */
#include "check.h"

static double kept[16], ups[16];

static double f(double *x, int n) {
    double r = 0;
    for (int i = 0; i < 16; i++) kept[i] = x[0] * i, ups[i] = x[1];
    for (double *w = kept + n; w-- > kept;) {
        *w = sin(x[2] * *w);
        if (x[1] > kept[2]) r += kept[2] * *w;
    }
    for (double *w = ups + 1; w < ups + n; w += 2) *w *= x[3] + r;
    for (int i = 0; i < n; i++) r += kept[i] * kept[i] * ups[i];
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, 0.7, -0.2);
    CHECK(f, 0.3, 0.5, 0.7, -0.2, 0.4, 0.6, 0.1);
    return report();
}
