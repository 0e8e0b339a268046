/* A small Gaussian mixture: log-sum-exp over components with triangular covariance factors. */
#include "check.h"

enum { D = 2, K = 2, N = 3 };
static const double data[N][D] = {{0.5, -0.3}, {1.2, 0.4}, {-0.7, 0.9}};

static double log_sum_exp(const double *x, int n) {
    double m = x[0], s = 0;
    for (int i = 1; i < n; i++) m = fmax(m, x[i]);
    for (int i = 0; i < n; i++) s += exp(x[i] - m);
    return m + log(s);
}

/* z: alphas (K), means (K*D), log diagonals (K*D), lower entry (K) */
static double f(double *z, int n) {
    const double *alpha = z, *mean = z + K, *diagonal = mean + K * D, *lower = diagonal + K * D;
    double total = 0, term[K];
    (void)n;
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < K; k++) {
            double c[D], q[D], sum = 0;
            for (int d = 0; d < D; d++) c[d] = data[i][d] - mean[k * D + d];
            q[0] = exp(diagonal[k * D]) * c[0];
            q[1] = lower[k] * c[0] + exp(diagonal[k * D + 1]) * c[1];
            for (int d = 0; d < D; d++) sum += diagonal[k * D + d];
            term[k] = alpha[k] + sum - 0.5 * (q[0] * q[0] + q[1] * q[1]);
        }
        total += log_sum_exp(term, K);
    }
    return total - N * log_sum_exp(alpha, K);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, -0.2, 0.1, 0.2, -0.4, 0.6, 0.1, -0.2, 0.3, 0.15, 0.7, -0.8);
    return report();
}
