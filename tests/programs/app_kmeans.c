/* Assignment by arg-min (integers), then means over members: counts divide active sums. */
#include "check.h"

static double f(double *x, int n) {
    double centre[2] = {x[0], x[n - 1]}, loss = 0;
    int *label = calloc(n, sizeof *label);
    for (int round = 0; round < 4; round++) {
        double sum[2] = {0, 0};
        int count[2] = {0, 0};
        for (int i = 0; i < n; i++) {
            label[i] = fabs(x[i] - centre[1]) < fabs(x[i] - centre[0]);
            sum[label[i]] += x[i];
            count[label[i]]++;
        }
        for (int k = 0; k < 2; k++)
            if (count[k]) centre[k] = sum[k] / count[k];
    }
    for (int i = 0; i < n; i++) loss += (x[i] - centre[label[i]]) * (x[i] - centre[label[i]]) * x[i];
    free(label);
    return loss;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, -0.5, 1.8, 0.1, 2.9, 2.2);
    return report();
}
