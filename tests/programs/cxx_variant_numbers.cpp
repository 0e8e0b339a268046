// Variants of double and smaller integers: copied and swapped in arrays, an integer lies in the low half of a
// number (refused before: floating values moved in pieces, integer arithmetic on the bits of a floating value).
#include "check.hpp"
#include <string>
#include <utility>
#include <variant>
#include <vector>

struct Error {
    int code;
    std::string what;
};

template <class V> static double number(const V &v) {
    return std::visit([](const auto &x) -> double {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(x)>>) return x;
        else return x.code;
    }, v);
}

template <class V, class F> static double mixed(F made, double x) {
    std::vector<V> values;
    for (int i = 0; i < 4; i++) values.push_back(made(i, x));
    std::vector<V> copied = values;
    std::swap(copied[0], copied[3]);
    values[1] = copied[2];
    double sum = 0;
    for (const V &v : copied) sum = 1.5 * sum + number(v) * number(v);
    for (V v : values) sum = 0.5 * sum + number(v) * x;
    return sum;
}

static double integers(double x) {
    using V = std::variant<double, int>;
    return mixed<V>([](int i, double x) { return i & 1 ? V(x * i) : V(i + 3); }, x);
}
static double flags(double x) {
    using V = std::variant<double, bool>;
    return mixed<V>([](int i, double x) { return i & 1 ? V(x * i) : V(i == 2); }, x);
}
static double errors(double x) {
    using V = std::variant<double, Error>;
    return mixed<V>([](int i, double x) { return i & 1 ? V(x * i) : V(Error{i, "why"}); }, x);
}

int main() {
    CHECK_AT(integers, 0.7);
    CHECK_AT(flags, 0.7);
    CHECK_AT(errors, 0.7);
    return report();
}
