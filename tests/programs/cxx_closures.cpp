// Chains of std::function: closures that hold others, kept in the object itself or on the heap. What copies a closure,
// what destroys it and what tells its type is one function of the library, told by a number which of these to do.
#include "probe.hpp"
#include <functional>

using map = std::function<double(double)>;

map compose(map f, map g) {
    return [f, g](double y) { return f(g(y)); };
}
double composed(const double *x, int n) {
    map g = [](double y) { return y; };
    for (int i = 0; i < n; i++) {
        double a = x[i];
        g = compose(g, [a](double y) { return std::sin(y * a); });
    }
    return g(1.5);
}

double listed(const double *x, int n) {
    std::vector<map> layers;
    for (int i = 0; i < n; i++) {
        double a = x[i], b = a * a;
        if (i & 1)
            layers.push_back([a](double y) { return std::sin(y * a); });
        else
            layers.emplace_back([a, b, &x](double y) { return y * a + b * x[0]; });
    }
    auto others = layers;
    double y = 1.5;
    for (auto &layer : layers) y = layer(y);
    for (auto &layer : others) y = layer(y);
    return y;
}

double moved(const double *x, int n) {
    map g = [s = x[0]](double y) { return y * s; };
    for (int i = 0; i < n; i++) {
        auto before = std::move(g);
        double a = x[i];
        if (a < .6)
            g = [before, a](double y) { return before(y) + a * y; };
        else
            g = [before = std::move(before), a, p = &x[i]](double y) { return std::exp(-before(y)) * *p + a; };
    }
    return g(1.5) + g(x[1]);
}

double recursive(const double *x, int n) {
    map g = [&](double y) { return y < 1 ? x[0] * y : x[1] * g(y - x[2]); };
    return g(n + .5);
}

int main() {
    PROBE(composed, {.5, 1.25, .75});
    PROBE(listed, {.5, 1.25, .75});
    PROBE(moved, {.5, 1.25, .75});
    PROBE(recursive, {.5, 1.25, .75});
    return failures != 0;
}
