// A network of polymorphic layers held by unique_ptr, trained by gradient descent.
//
// The network is differentiated as it stands: virtual calls, vectors, exceptions. Its gradient is another network of the
// same shape: the shadow, in which each parameter holds its derivative.
//
//     enzcc++ -O2 layers.cpp -o layers && ./layers

#include <enzyme/enzyme>

#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

using Vector = std::vector<double>;

struct Layer {
    virtual ~Layer() = default;
    virtual Vector apply(const Vector &x) const = 0;
    virtual std::unique_ptr<Layer> shadow() const = 0; // the same, with zeros for parameters
    virtual void descend(const Layer &gradient, double rate) = 0;
};

class Dense : public Layer {
  public:
    Dense(std::size_t outputs, std::size_t inputs) : weights(outputs, Vector(inputs)), biases(outputs) {}

    static std::unique_ptr<Dense> random(std::size_t outputs, std::size_t inputs, unsigned seed) {
        auto made = std::make_unique<Dense>(outputs, inputs);
        for (Vector &row : made->weights)
            for (double &w : row) {
                seed = seed * 1664525u + 1013904223u;
                w = (double)(seed >> 8) / (1u << 24) - 0.5;
            }
        return made;
    }

    Vector apply(const Vector &x) const override {
        if (x.size() != weights.front().size()) throw std::invalid_argument("a layer of another size");
        Vector y = biases;
        for (std::size_t i = 0; i < y.size(); i++)
            for (std::size_t j = 0; j < x.size(); j++) y[i] += weights[i][j] * x[j];
        return y;
    }

    std::unique_ptr<Layer> shadow() const override {
        return std::make_unique<Dense>(weights.size(), weights.front().size());
    }

    void descend(const Layer &gradient, double rate) override {
        const auto &g = dynamic_cast<const Dense &>(gradient);
        for (std::size_t i = 0; i < biases.size(); i++) {
            biases[i] -= rate * g.biases[i];
            for (std::size_t j = 0; j < weights[i].size(); j++) weights[i][j] -= rate * g.weights[i][j];
        }
    }

    std::vector<Vector> weights;
    Vector biases;
};

class Tanh : public Layer {
  public:
    Vector apply(const Vector &x) const override {
        Vector y;
        for (double v : x) y.push_back(std::tanh(v));
        return y;
    }
    std::unique_ptr<Layer> shadow() const override { return std::make_unique<Tanh>(); }
    void descend(const Layer &, double) override {}
};

using Network = std::vector<std::unique_ptr<Layer>>;

struct Example {
    Vector input;
    double output;
};

double loss(const Network &network, const std::vector<Example> &examples) {
    double sum = 0;
    for (const Example &example : examples) {
        Vector x = example.input;
        for (const auto &layer : network) x = layer->apply(x);
        sum += (x.front() - example.output) * (x.front() - example.output);
    }
    return sum / (double)examples.size();
}

double gradient(const Network &network, Network &shadow, const std::vector<Example> &examples) {
    using namespace enzyme;
    auto result = autodiff<ReverseWithPrimal>(loss, Duplicated<const Network &>{network, shadow},
        Const<const std::vector<Example> &>{examples});
    return get<1>(result);
}

Network shadow_of(const Network &network) {
    Network made;
    for (const auto &layer : network) made.push_back(layer->shadow());
    return made;
}

} // namespace

int main() {
    const std::vector<Example> examples{{{0, 0}, 0}, {{0, 1}, 1}, {{1, 0}, 1}, {{1, 1}, 0}};
    Network network;
    network.push_back(Dense::random(4, 2, 1));
    network.push_back(std::make_unique<Tanh>());
    network.push_back(Dense::random(1, 4, 2));

    Network shadow = shadow_of(network); // one derivative against a difference
    gradient(network, shadow, examples);
    double &weight = dynamic_cast<Dense &>(*network[0]).weights[1][0];
    const double h = 1e-5, before = weight;
    weight = before + h;
    double difference = loss(network, examples);
    weight = before - h;
    difference = (difference - loss(network, examples)) / (2 * h);
    weight = before;
    const double derivative = dynamic_cast<Dense &>(*shadow[0]).weights[1][0];
    std::printf("one derivative %.8f, by differences %.8f\n", derivative, difference);

    double last = 0;
    for (int step = 0; step <= 2000; step++) {
        shadow = shadow_of(network);
        last = gradient(network, shadow, examples);
        if (step % 500 == 0) std::printf("step %4d  loss %.6f\n", step, last);
        for (std::size_t i = 0; i < network.size(); i++) network[i]->descend(*shadow[i], 0.1);
    }
    return std::fabs(derivative - difference) < 1e-8 && last < 1e-3 ? 0 : 1;
}
