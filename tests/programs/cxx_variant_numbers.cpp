// Variants of double and smaller integers: copied and swapped in arrays, an integer lies in the low half of a
// number (refused before: floating values moved in pieces, integer arithmetic on the bits of a floating value).
#include "check.hpp"
#include <deque>
#include <optional>
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
// An integer of the size of the float, and nothing known of what lies behind (refused before).
static double singles(double x) {
    using V = std::variant<float, int>;
    return mixed<V>([](int i, double x) { return i & 1 ? V(float(x * i)) : V(i + 3); }, x);
}

// LLVM takes a number apart that is chosen, since the integer is half as large (refused before).
static double chosen(double x) {
    using V = std::optional<std::variant<double, int>>;
    std::vector<V> values;
    for (int i = 0; i < 9; i++)
        values.push_back(i % 3 == 0 ? V(x * i) : i % 3 == 1 ? V(i) : V());
    std::vector<V> copied = values;
    copied[1] = values[3];
    std::swap(copied[0], copied[4]);
    double sum = 0;
    for (const V &v : copied)
        sum = 0.9 * sum + (v ? std::visit([x](auto a) { return a * x; }, *v) : x);
    for (const V &v : values) sum += v && v->index() == 0 ? std::get<double>(*v) * sum : 0.5;
    return sum;
}

// What is read as an integer from one union is put into another (refused before: integer arithmetic on the bits).
struct Push {
    double value;
};
struct Count {
    int value;
};
struct Op {
    char sign;
};
struct Jump {
    int to;
    bool when;
};
static double interpreted(double x) {
    std::deque<std::variant<Push, Count, Op, Jump>> program{Push{x}};
    for (int i = 1; i < 8; i++) {
        if (i % 2) program.push_back(Push{x * i});
        else program.push_back(Count{i});
        program.push_back(Op{"+*-"[i % 3]});
    }
    program.push_back(Jump{3, true});
    std::vector<std::variant<int, double>> stack;
    for (const auto &step : program) {
        if (auto *p = std::get_if<Push>(&step)) stack.push_back(p->value);
        else if (auto *c = std::get_if<Count>(&step)) stack.push_back(c->value);
        else if (auto *o = std::get_if<Op>(&step)) {
            auto number = [](auto v) { return double(v); };
            double b = std::visit(number, stack.back());
            stack.pop_back();
            double a = std::visit(number, stack.back());
            stack.back() = o->sign == '+' ? a + b : o->sign == '*' ? a * b : a - b;
        } else break;
    }
    return std::get<double>(stack.back());
}

int main() {
    CHECK_AT(integers, 0.7);
    CHECK_AT(flags, 0.7);
    CHECK_AT(errors, 0.7);
    CHECK_AT(chosen, 0.7);
    CHECK_AT(interpreted, 0.7);
    check_close("singles", __enzyme_autodiff<double>((void *)singles, 0.75), slope(singles, 0.75), 1e-4);
    check_close("singles forward", __enzyme_fwddiff<double>((void *)singles, 0.75, 1.0), slope(singles, 0.75), 1e-4);
    return report();
}
