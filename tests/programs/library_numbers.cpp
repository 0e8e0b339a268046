// Spans, ranges, valarrays, complex numbers; streams and random numbers, which carry nothing.
// flags: -std=c++20
#include "probe.hpp"
#include <algorithm>
#include <complex>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <ranges>
#include <span>
#include <sstream>
#include <string>
#include <valarray>

double spans(const double *x, [[maybe_unused]] int n) {
    std::span<const double> s(x, n);
    double r = 0;
    for (double d : s.subspan(1)) r += d * d;
    return r + s.front();
}

double valarrays(const double *x, [[maybe_unused]] int n) {
    std::valarray<double> a(x, n), b = a * a + 2.0 * std::sin(a);
    return b.sum() + (a[std::slice(0, 2, 1)] = std::valarray<double>(b[std::slice(1, 2, 1)]),
            a.sum());
}

double ranges(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v(x, x + n);
    double s = 0;
    for (double d : v | std::views::filter([](double d) { return d > 1.5; }) |
            std::views::transform([](double d) { return d * d; })) s += d;
    std::ranges::sort(v, std::greater<>{});
    return s + v[0] * v[1];
}

double streams(const double *x, [[maybe_unused]] int n) {
    std::ostringstream o;
    o << "n = " << ", " << n << std::endl;
    std::string t = o.str();
    return x[0] * x[1] * t.size() + x[2];
}

double random_numbers(const double *x, [[maybe_unused]] int n) {
    std::mt19937 g(42);
    std::normal_distribution<double> d(0, 1);
    double s = 0;
    for (int i = 0; i < 10; i++) s += d(g) * x[i % n] * x[i % n];
    std::uniform_real_distribution<double> u(0, 1);
    return s + u(g) * x[0];
}

double complex_numbers(const double *x, [[maybe_unused]] int n) {
    std::complex<double> z(x[0], x[1]);
    auto w = z * z + std::exp(z) / std::complex<double>(x[2], 1);
    return std::abs(w) + std::norm(z) + std::arg(w);
}

struct Node {
    double v;
    std::unique_ptr<Node> l, r;
};

static void put(std::unique_ptr<Node> &t, double v) {
    if (!t) {
        t = std::make_unique<Node>();
        t->v = v;
    } else put(v < t->v ? t->l : t->r, v);
}

static double walk(const Node *t, double d) {
    return t ? walk(t->l.get(), d + 1) + d * t->v * t->v + walk(t->r.get(), d + 1) : 0;
}

int main() {
    PROBE(spans, {1, 2, 3});
    PROBE(valarrays, {1, 2, 3});
    PROBE(ranges, {1, 2, 3});
    PROBE(streams, {1, 2, 3});
    PROBE(random_numbers, {1, 2, 3});
    PROBE(complex_numbers, {1, 2, 3});
    return failures != 0;
}
