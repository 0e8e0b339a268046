// Trees of variants, numbers beside boxes with children: a char of one alternative lies where another has a number.
#include "probe.hpp"
#include <memory>
#include <variant>

template <class T> class Box {
    std::unique_ptr<T> held;

public:
    Box(T value) : held(std::make_unique<T>(std::move(value))) {}
    Box(const Box &other) : held(std::make_unique<T>(*other.held)) {}
    Box(Box &&) = default;
    Box &operator=(Box other) {
        held = std::move(other.held);
        return *this;
    }
    const T &operator*() const { return *held; }
};

struct Pair;
struct Negative;
using Expression = std::variant<double, int, Box<Pair>, Box<Negative>>;
struct Pair {
    char operation;
    Expression left, right;
};
struct Negative {
    Expression of;
};

struct Evaluate {
    const double *x;
    double operator()(double value) const { return value; }
    double operator()(int index) const { return x[index]; }
    double operator()(const Box<Negative> &box) const { return -std::visit(*this, (*box).of); }
    double operator()(const Box<Pair> &box) const {
        double a = std::visit(*this, (*box).left), b = std::visit(*this, (*box).right);
        return (*box).operation == '+' ? a + b : (*box).operation == '*' ? a * b : a / b;
    }
};

double moved(const double *x, [[maybe_unused]] int n) {
    Expression e = Pair{'+', Pair{'*', 0, 1}, Negative{Pair{'/', 2, x[0] * 2}}};
    return std::visit(Evaluate{x}, e);
}

double copied(const double *x, [[maybe_unused]] int n) {
    Expression e = Pair{'*', 0, x[0] * x[2]};
    Expression c = e;
    e = Pair{'+', c, Negative{c}};
    return std::visit(Evaluate{x}, c) + std::visit(Evaluate{x}, e);
}

int main() {
    PROBE(moved, {0.6, 0.7, 0.4});
    PROBE(copied, {0.6, 0.7, 0.4});
    return failures != 0;
}
