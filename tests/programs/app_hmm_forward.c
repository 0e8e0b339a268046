/* The forward algorithm of a hidden Markov model in scaled and in log space; Viterbi's maximum. */
#include "check.h"

enum { S = 2, T = 5 };
static const int observed[T] = {0, 1, 1, 0, 2};

static double log_add(double a, double b) { return a > b ? a + log1p(exp(b - a)) : b + log1p(exp(a - b)); }

static double f(double *z, int n) {
    double alpha[S] = {z[0], z[1]}, viterbi[T][S], scaled[S], likelihood = 0;
    int back[T][S];
    (void)n;
    for (int s = 0; s < S; s++) viterbi[0][s] = scaled[s] = exp(alpha[s]);
    for (int t = 1; t < T; t++) {
        double next[S], sum = 0, work[S];
        for (int s = 0; s < S; s++) {
            next[s] = log_add(alpha[0] + z[2 + s], alpha[1] + z[4 + s]) + z[6 + 3 * s + observed[t]];
            work[s] = (scaled[0] * exp(z[2 + s]) + scaled[1] * exp(z[4 + s])) * 0.5;
            sum += work[s];
            back[t][s] = viterbi[t - 1][1] * exp(z[4 + s]) > viterbi[t - 1][0] * exp(z[2 + s]);
            viterbi[t][s] = viterbi[t - 1][back[t][s]] * exp(z[2 + 2 * back[t][s] + s]);
        }
        for (int s = 0; s < S; s++) alpha[s] = next[s], scaled[s] = work[s] / sum;
        likelihood += log(sum);
    }
    int state = viterbi[T - 1][1] > viterbi[T - 1][0];
    double path = 0;
    for (int t = T - 1; t > 0; t--) {
        path += z[6 + 3 * state + observed[t]] * z[2];
        state = back[t][state];
    }
    return log_add(alpha[0], alpha[1]) + likelihood + path;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, -0.5, -0.9, -0.3, -1.2, -0.8, -0.6, -1, -1.1, -0.4, -0.7, -1.3, -0.2);
    return report();
}
