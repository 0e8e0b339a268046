/* Arrays in structs in arrays in a struct, indexed at run time. */
#include "check.h"

struct layer { double weight[2][2], bias[2]; int kind; };
struct network { int depth; struct layer layers[3]; double gain; };

static double run(const struct network *net, const double *input) {
    double v[2] = {input[0], input[1]}, w[2];
    for (int l = 0; l < net->depth; l++) {
        const struct layer *layer = &net->layers[l];
        for (int i = 0; i < 2; i++) {
            w[i] = layer->bias[i];
            for (int j = 0; j < 2; j++) w[i] += layer->weight[i][j] * v[j];
            w[i] = layer->kind ? tanh(w[i]) : w[i];
        }
        memcpy(v, w, sizeof v);
    }
    return net->gain * v[0] - v[1];
}

static double f(double *x, int n) {
    struct network net = {.depth = 3, .gain = x[n - 1]};
    for (int l = 0; l < 3; l++) {
        net.layers[l].kind = l < 2;
        for (int i = 0; i < 2; i++) {
            net.layers[l].bias[i] = 0.1 * l - x[i];
            for (int j = 0; j < 2; j++) net.layers[l].weight[i][j] = x[(2 * i + j + l) % n];
        }
    }
    return run(&net, x);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 0.3, 0.9);
    return report();
}
