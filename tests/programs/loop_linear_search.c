/* A search for the interval of a piecewise cubic, then Horner's scheme. */
#include "check.h"

static double f(double *x, int n) {
    static const double knots[] = {0, 0.5, 1.25, 2, 4};
    static const double c[4][4] = {{1, 2, 3, 4}, {0.5, -1, 2, 0}, {3, 0, 0, 1}, {-1, 1, -1, 1}};
    double sum = 0;
    for (int i = 0; i < n; i++) {
        int k = 0;
        while (k < 3 && knots[k + 1] <= x[i]) ++k;
        double t = x[i] - knots[k], r = 0;
        for (int j = 3; j >= 0; j--) r = r * t + c[k][j];
        sum += r * (i + 1);
    }
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.2, 0.7, 1.5, 3.0);
    return report();
}
