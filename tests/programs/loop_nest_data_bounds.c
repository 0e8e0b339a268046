/* Inner bounds read from an integer table (CSR rows, some of them empty). */
#include "check.h"

static const int row_start[] = {0, 2, 2, 5, 6}, column[] = {0, 3, 1, 2, 3, 0};

static double f(double *x, int n) {
    double y[4], s = 0;
    for (int sweep = 0; sweep < 3; sweep++) {
        for (int i = 0; i < n; i++) {
            y[i] = 0.1 * x[i];
            for (int k = row_start[i]; k < row_start[i + 1]; k++) y[i] += x[column[k]] * (k + 1) * 0.2;
        }
        for (int i = 0; i < n; i++) s = s * 0.5 + y[i] * sin(x[i]);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, -0.25, 1.0);
    return report();
}
