/* Local arrays of one and two dimensions, indexed by data. */
#include "check.h"

static double f(double *x, int n) {
    static const int order[] = {2, 0, 3, 1, 1, 2};
    double a[4] = {0}, m[3][4];
    for (int i = 0; i < 6; i++) a[order[i]] += x[i % n] * (i + 1);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) m[i][j] = a[j] * x[i % n];
    for (int i = 1; i < 3; i++)
        for (int j = 0; j < 4; j++) m[i][j] += m[i - 1][order[j]] * 0.5;
    return m[2][0] * m[1][3] + m[2][1] - m[2][2] * m[0][0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
