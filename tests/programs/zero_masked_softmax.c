/* levels: precise
   Masked scores of minus infinity: their weights are zero, and no NaN comes back. */
#include "check.h"

static double f(double *x, int n) {
    double score[8], sum = 0, largest = -INFINITY, r = 0;
    for (int i = 0; i < n; i++) {
        score[i] = i % 3 == 1 ? -INFINITY : x[i] * x[0];
        largest = fmax(largest, score[i]);
    }
    for (int i = 0; i < n; i++) sum += exp(score[i] - largest);
    for (int i = 0; i < n; i++) r += exp(score[i] - largest) / sum * x[i];
    return r + log(sum) + largest;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7, 0.4);
    return report();
}
