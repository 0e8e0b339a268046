/* Softmax attention with a causal mask: triangular loops, maxima, row sums, VLAs. */
#include "check.h"

static void attend(int t, int d, const double q[t][d], const double k[t][d], double out[t][d]) {
    for (int i = 0; i < t; i++) {
        double score[i + 1], largest = -1e30, sum = 0;
        for (int j = 0; j <= i; j++) {
            score[j] = 0;
            for (int c = 0; c < d; c++) score[j] += q[i][c] * k[j][c];
            score[j] /= sqrt((double)d);
            if (score[j] > largest) largest = score[j];
        }
        for (int j = 0; j <= i; j++) sum += score[j] = exp(score[j] - largest);
        for (int c = 0; c < d; c++) {
            out[i][c] = 0;
            for (int j = 0; j <= i; j++) out[i][c] += score[j] / sum * k[j][c];
        }
    }
}

static void f(const double *x, double *y) {
    attend(3, 2, (const double(*)[2])x, (const double(*)[2])(x + 6), (double(*)[2])y);
}
MAP_TEST(f, 12)

int main(void) {
    CHECK(f, 0.3, -0.5, 1.8, 0.1, 0.9, 1.2, /**/ 0.7, 0.2, -0.4, 0.6, 1.1, -0.3, /**/ 0, 0, 0, 0, 0, 0);
    return report();
}
