// What a generic visitor does to an integer is done to the low half of a number's place.
#include "probe.hpp"
#include <variant>

using Value = std::variant<int, double>;
using Narrow = std::variant<short, float, bool>;

template <class V> __attribute__((noinline)) V counted(V v) {
    std::visit([](auto &x) { x = x + 1; }, v);
    return v;
}
template <class V> V product(const V &a, const V &b) {
    return std::visit([](auto x, auto y) -> V { return x * y; }, a, b);
}
template <class V> double number(const V &v) {
    return std::visit([](auto x) { return double(x); }, v);
}

double values(const double *x, int) {
    std::vector<Value> s{x[0], 3, x[1]};
    for (auto &v : s) v = counted(v);
    Value t = 1;
    for (auto &v : s) t = product(t, v);
    return number(t) * number(s[1]) + number(s[0]);
}

double narrow(const double *x, int) {
    Narrow s[]{float(x[0]), short(3), float(x[1] * x[0]), false};
    double sum = 0, scale = 4096;  // of powers of two: differences of floats are exact
    for (auto &v : s) v = counted(v), sum += number(v) * scale, scale /= 2;
    return sum;
}

int main() {
    PROBE(values, {0.9, 0.7});
    const double x[] = {1.5, 0.75};
    double dx[] = {0, 0};
    __enzyme_autodiff<void>((void *)narrow, enzyme_dup, x, dx, enzyme_const, 2);
    compare("narrow", "gradient", 0, dx[0], 4096 + 1024 * 0.75);
    compare("narrow", "gradient", 1, dx[1], 1024 * 1.5);
    return failures != 0;
}
