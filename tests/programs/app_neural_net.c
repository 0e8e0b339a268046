/* A network with heap-allocated layers of differing sizes, softmax and cross entropy. */
#include "check.h"

struct layer { int in, out; double *weight, *bias; };

static double *forward(const struct layer *l, const double *x, int last) {
    double *y = malloc(l->out * sizeof *y);
    for (int i = 0; i < l->out; i++) {
        y[i] = l->bias[i];
        for (int j = 0; j < l->in; j++) y[i] += l->weight[i * l->in + j] * x[j];
        if (!last) y[i] = y[i] > 0 ? y[i] : 0.1 * y[i];
    }
    return y;
}

static double cross_entropy(const double *y, int n, int label) {
    double largest = y[0], sum = 0;
    for (int i = 1; i < n; i++)
        if (y[i] > largest) largest = y[i];
    for (int i = 0; i < n; i++) sum += exp(y[i] - largest);
    return log(sum) + largest - y[label];
}

static double f(double *z, int n) {
    static const int sizes[] = {2, 3, 2, 3};
    double *x = malloc(2 * sizeof *x), r = 0;
    x[0] = z[0], x[1] = z[1];
    int at = 2;
    for (int k = 0; k < 3; k++) {
        struct layer l = {sizes[k], sizes[k + 1], z + at % (n - 8), z + (at + 3) % (n - 3)};
        double *y = forward(&l, x, k == 2);
        free(x);
        x = y;
        at += 5;
    }
    r = cross_entropy(x, 3, 1);
    free(x);
    return r;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, -0.3, 0.8, 0.2, -0.9, 0.4, 1.1, -0.6, 0.35, 0.7, -0.15, 0.25, -0.45, 0.65, 0.55);
    return report();
}
