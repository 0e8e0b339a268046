// Static pointers to objects of classes that hold numbers and no pointers: the shadow of such an object holds zeros. (It
// began as a copy, numbers and all, and derivatives were wrong.)
#include "probe.hpp"
#include <array>
#include <memory>

struct Layer {
    virtual ~Layer() = default;
    virtual double go(double) = 0;
};
struct Gain : Layer {
    double k = 1.5, last = 0.2;
    double go(double x) override { return last = x * k; }
};
struct Offset : Gain {
    double by = 0.4;
    double go(double x) override { return Gain::go(x + by) * by; }
};

static std::unique_ptr<Layer> one = std::make_unique<Gain>();
static std::vector<std::unique_ptr<Layer>> many;
static std::array<std::unique_ptr<Layer>, 2> two = {std::make_unique<Offset>(), std::make_unique<Gain>()};
struct Net {
    std::vector<std::unique_ptr<Layer>> layers;
    double bias = 0.3;
};
static Net net;

double alone(const double *x, int n) { return one->go(x[0]) * one->go(x[n - 1]); }

double chained(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++)
        for (auto &layer : many) s = layer->go(s + x[i] * x[0]);
    return s;
}

double paired(const double *x, int n) { return two[0]->go(x[0]) * two[1]->go(x[n - 1] * x[0]); }

double nested(const double *x, int n) {
    double s = net.bias;
    for (auto &layer : net.layers) s = layer->go(s * x[n - 1]) + x[0];
    return s * s;
}

int main() {
    for (auto *layers : {&many, &net.layers}) {
        layers->push_back(std::make_unique<Gain>());
        layers->push_back(std::make_unique<Offset>());
    }
    for (int round = 0; round < 2; round++) {
        PROBE(alone, {0.3, 0.7});
        PROBE(chained, {0.3, 0.7, -0.4});
        PROBE(paired, {0.3, 0.7});
        PROBE(nested, {0.3, 0.7});
    }
    return failures != 0;
}
