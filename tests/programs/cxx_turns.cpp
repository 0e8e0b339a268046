// Variants and closures that keep floats, doubles, structs of floats and pointers in turn, moved about by containers
// (refused before, as what moves them does not tell which lies there).
#include "check.hpp"
#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

struct Pair {
    float a, b;
};
struct Number {
    double operator()(float x) const { return x * x; }
    double operator()(double x) const { return x * x * x; }
    double operator()(const Pair &p) const { return p.a * p.b; }
    double operator()(int i) const { return i; }
    double operator()(const std::unique_ptr<double> &p) const { return 5 * *p; }
};

template <class V> static double moved(std::vector<V> v) {
    std::reverse(v.begin(), v.end());
    std::swap(v[0], v[2]);
    std::rotate(v.begin(), v.begin() + 3, v.end());
    double sum = 0;
    int k = 1;
    for (const V &one : v) sum += std::visit(Number(), one) * k++;
    return sum;
}

static double two_floats(double x) {
    using V = std::variant<float, double>;
    std::vector<V> v;
    for (int i = 0; i < 7; i++)
        if (i % 2) v.push_back(float(x * i));
        else v.push_back(x + i);
    std::vector<V> copied(v);
    copied.insert(copied.begin() + 2, V(x * 3));
    copied[1] = v[4];
    return moved(copied) + moved(v);
}

static double structs(double x) {
    using V = std::variant<float, double, Pair, int>;
    std::deque<V> v;
    for (int i = 0; i < 9; i++) switch (i % 4) {
        case 0: v.push_front(float(x * i)); break;
        case 1: v.push_back(x + i); break;
        case 2: v.push_front(Pair{float(x), float(x * i)}); break;
        default: v.push_back(i); break;
        }
    std::map<int, std::optional<V>> at;
    for (int i = 0; i < 9; i++) at[i * 5 % 7] = v[i];
    std::array<V, 3> some{v[0], v[1], v[2]};
    auto others = some;
    double sum = moved(std::vector<V>(v.begin(), v.end()));
    for (auto &[i, one] : at) sum += std::visit(Number(), *one) * i;
    for (const V &one : others) sum += std::visit(Number(), one);
    return sum;
}

static double owners(double x) {
    using V = std::variant<float, double, std::unique_ptr<double>>;
    std::vector<V> v;
    for (int i = 0; i < 8; i++)
        if (i % 3 == 0) v.emplace_back(float(x * i));
        else if (i % 3 == 1) v.emplace_back(x - i);
        else v.emplace_back(std::make_unique<double>(x * x));
    return moved(std::move(v));
}

// Closures that are kept in place, or on the heap.
static double closures(double x) {
    std::vector<std::function<double(double)>> all;
    for (int i = 0; i < 8; i++) {
        float a = float(x + i), b = float(x * i);
        double c = x * i, d = x - i, e = x * x;
        switch (i % 4) {
        case 0: all.push_back([a, b](double y) { return a * y + b; }); break;
        case 1: all.push_back([c, d, e](double y) { return c * y * 0.1 + d * e; }); break;
        case 2: all.push_back([e](double y) { return e * y; }); break;
        default: all.push_back([b](double y) { return b - y; }); break;
        }
    }
    auto copied = all;
    std::swap(copied[0], copied[1]);
    copied.erase(copied.begin() + 3);
    double y = x;
    for (const auto &one : copied) y = one(y) * 0.25;
    for (const auto &one : all) y += one(x);
    return y;
}

// The floats in closures are constants: only pointers beside them have shadows (refused in reverse mode).
static auto scale(float a) {
    return [=, b = a * a](double y) { return y * a + b; };
}
static double constants(double x) {
    float t[2] = {0.5f, -1.5f};
    double r[2] = {x, x * x};
    int j = x > 0, k = 1;
    std::map<int, std::function<double(double)>> all;
    all[2] = [=](double y) { return y * y; };
    all[0] = [&](double y) { return r[j ^ k] * y; };
    all.emplace(1, scale(t[j]));
    auto others = all;
    std::swap(all[0], all[1]);
    for (auto &[key, one] : all) r[1] += one(x + key) * 0.25;
    for (auto &[key, one] : others) r[0] += one(r[0]) * 0.125;
    return r[0] + r[1];
}
// Where some of them are not, and one call means all.
static double constants_too(double x) {
    float t[2] = {0.5f, -1.5f};
    double r[2] = {x, x * x};
    std::function<double(double)> one = scale(t[x > 0]), two = scale(float(x)), three = [&](double y) { return r[0] * y; };
    std::swap(one, three);
    std::function<double(double)> four = x < 2 ? two : one;
    std::swap(two, one);
    return one(x) + two(x * 2) * r[1] + three(x) + four(r[1]);
}

// Single precision: differences over a wide step, of what is a polynomial of low degree.
static void check(const char *what, double (*f)(double), double x, double reverse, double forward) {
    double h = 1. / 64, want = (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
    if (std::abs(forward - want) > 2e-4 * (1 + std::abs(want))) want = NAN;
    else want = forward;
    check_close(what, reverse, want);
}
#define CHECK(f, x) check(#f, f, x, __enzyme_autodiff<double>((void *)f, x), __enzyme_fwddiff<double>((void *)f, x, 1.0))

int main() {
    for (double x : {0.75, -1.25}) {
        CHECK(two_floats, x);
        CHECK(structs, x);
        CHECK(owners, x);
        CHECK(closures, x);
        CHECK(constants, x);
        CHECK(constants_too, x);
    }
    return report();
}
