/* double **: rows allocated one by one, filled, used, swapped and freed. */
#include "check.h"

static double f(double *x, int n) {
    double **rows = malloc(n * sizeof *rows);
    for (int i = 0; i < n; i++) {
        rows[i] = malloc((i + 1) * sizeof **rows);
        for (int j = 0; j <= i; j++) rows[i][j] = x[i] * x[j];
    }
    double *first = rows[0];
    rows[0] = rows[n - 1];
    rows[n - 1] = first;
    double s = 0;
    for (int i = 0; i < n; i++) {
        int length = i == 0 ? n : i == n - 1 ? 1 : i + 1;
        for (int j = 0; j < length; j++) s = s * 0.9 + rows[i][j] * sin(rows[0][0]);
    }
    for (int i = 0; i < n; i++) free(rows[i]);
    free(rows);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(f, 0.5);
    return report();
}
