/* An LSTM cell over a sequence: gates in one array, states overwritten in place. */
#include "check.h"

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static void cell(const double *w, double *h, double *c, double input) {
    double gate[4];
    for (int g = 0; g < 4; g++) gate[g] = w[3 * g] * *h + w[3 * g + 1] * input + w[3 * g + 2];
    *c = *c * sigmoid(gate[0]) + sigmoid(gate[1]) * tanh(gate[2]);
    *h = sigmoid(gate[3]) * tanh(*c);
}

static double f(double *w, int n) {
    static const double sequence[] = {0.1, -0.5, 0.9, 0.4, -0.2, 0.7};
    double h[2] = {w[n - 1], 0}, c[2] = {0, 0}, loss = 0;
    for (int t = 0; t + 1 < LENGTH(sequence); t++) {
        double input = sequence[t];
        for (int l = 0; l < 2; l++) {
            cell(w + 2 * l, &h[l], &c[l], input);
            input = h[l];
        }
        double r = h[1] - sequence[t + 1];
        loss += r * r;
    }
    return loss;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.7, 0.8, -0.9, 1.0, -1.1, 0.35, 0.2, -0.1, 0.25);
    return report();
}
