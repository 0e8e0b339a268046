// Layers of a network in a variant: vectors, a number, or a box of further layers, in one place in turn. LLVM moves and
// clears what a layer holds in a function that stays a call.
#include "probe.hpp"
#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <variant>

using Vec = std::vector<double>;

struct Dense {
    Vec w, b;
    size_t in, out;
    Dense(size_t in, size_t out, const double *p) : w(p, p + in * out), b(out, 0.1), in(in), out(out) {}
    Vec operator()(const Vec &x) const {
        Vec y(b);
        for (size_t o = 0; o < out; o++) y[o] += std::inner_product(x.begin(), x.end(), w.begin() + o * in, 0.0);
        return y;
    }
};

struct Tanh {
    Vec operator()(Vec x) const {
        for (auto &v : x) v = std::tanh(v);
        return x;
    }
};

struct Softmax {
    double temperature = 1;
    Vec operator()(Vec x) const {
        double most = *std::max_element(x.begin(), x.end()), sum = 0;
        for (auto &v : x) sum += v = std::exp((v - most) / temperature);
        for (auto &v : x) v /= sum;
        return x;
    }
};

struct Residual;
using Layer = std::variant<Dense, Tanh, Softmax, std::unique_ptr<Residual>>;
struct Residual {
    std::vector<Layer> inner;
    Vec operator()(const Vec &x) const;
};

template <class... F> struct overloaded : F... {
    using F::operator()...;
};
template <class... F> overloaded(F...) -> overloaded<F...>;

static Vec run(const Layer &layer, const Vec &x) {
    return std::visit(overloaded{[&](const std::unique_ptr<Residual> &r) { return (*r)(x); },
                                 [&](const auto &f) { return f(x); }},
                      layer);
}

Vec Residual::operator()(const Vec &x) const {
    Vec y = x;
    for (auto &layer : inner) y = run(layer, y);
    std::transform(x.begin(), x.end(), y.begin(), y.begin(), std::plus<>{});
    return y;
}

static double loss(const double *p, [[maybe_unused]] int n) {
    std::vector<Layer> net;
    net.emplace_back(Dense(2, 3, p));
    net.emplace_back(Tanh{});
    auto residual = std::make_unique<Residual>();
    residual->inner.emplace_back(Dense(3, 3, p + 6));
    residual->inner.emplace_back(Tanh{});
    net.emplace_back(std::move(residual));
    net.emplace_back(Softmax{1.5 + p[0]});
    double sum = 0;
    for (int sample = 0; sample < 4; sample++) {
        Vec x{std::cos(sample), std::sin(3.0 * sample)};
        for (const auto &layer : net) x = run(layer, x);
        sum -= std::log(x[sample % 3]);
    }
    return sum / 4;
}

int main() {
    PROBE(loss, {0.1, -0.3, 0.5, 0.7, -0.2, 0.4, 0.3, 0.1, -0.6, 0.2, 0.9, -0.1, 0.5, 0.35, -0.25});
    return failures != 0;
}
