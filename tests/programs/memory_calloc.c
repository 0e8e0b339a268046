/* calloc's zeros are data: sums accumulated into them, a histogram of active weights. */
#include "check.h"

static double f(double *x, int n) {
    double *h = calloc(4, sizeof(double));
    for (int i = 0; i < n; i++) h[(int)(fabs(x[i]) * 2) % 4] += x[i] * x[i];
    double s = h[3];
    for (int k = 0; k < 3; k++) s += h[k] * (k + 1) * h[k + 1];
    free(h);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.6, 1.2, -0.2, 1.7, -0.8, 0.3);
    return report();
}
