// Virtual calls mean the classes of which objects can come in: made in what is differentiated, in closures, by
// functions in tables, constants; others are left out. tests/ad/test_live_classes.py has those from elsewhere.
#include "probe.hpp"
#include <functional>
#include <memory>
#include <stdexcept>

struct Curve {
    virtual ~Curve() = default;
    virtual double at(double t) const = 0;
    virtual double slope(double t) const { return (at(t + 0.5) - at(t - 0.5)); }
};
struct Linear : Curve {
    double a;
    explicit Linear(double a) : a(a) {}
    double at(double t) const override { return a * t; }
};
struct Square : Curve {
    double a;
    explicit Square(double a) : a(a) {}
    double at(double t) const override { return a * t * t; }
    double slope(double t) const override { return 2 * a * t; }
};
struct Wave : virtual Curve {
    double a;
    explicit Wave(double a) : a(a) {}
    double at(double t) const override { return std::sin(a * t); }
};
struct Both : Wave, Linear {
    Both(double a, double b) : Wave(a), Linear(b) {}
    double at(double t) const override { return Wave::at(t) * Linear::at(t); }
};
struct Rough : Curve {
    double at(double t) const override { return t > 0 ? 1e3 * t : -1e3 * t; }
};
// Nobody makes these.
struct Nested : Curve {
    std::shared_ptr<Curve> inner = std::make_shared<Rough>();
    double at(double t) const override { return inner->at(2 * t); }
};

double value(const Curve &c, double t) { return c.at(t) + c.slope(t) * t; }

// Made here; by a function that is called; by one of a table.
double made(const double *x, int) {
    Linear c(x[0]);
    return value(c, x[1]);
}
std::unique_ptr<Curve> chosen(double a, bool square) {
    if (square) return std::make_unique<Square>(a);
    return std::make_unique<Linear>(a);
}
double by_function(const double *x, int) { return value(*chosen(x[0], x[1] > 1), x[1]) * x[2]; }
std::shared_ptr<Curve> linear(double a) { return std::make_shared<Linear>(a); }
std::shared_ptr<Curve> square(double a) { return std::make_shared<Square>(a); }
using Maker = std::shared_ptr<Curve> (*)(double);
constexpr Maker makers[] = {linear, square};
double by_table(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += value(*makers[i % 2](x[i]), x[0]);
    return s;
}
double with_bases(const double *x, int) {
    Both b(x[0], x[1]);
    const Wave &w = b;
    const Linear &l = b;
    return w.at(x[2]) + value(l, x[0]) + dynamic_cast<const Linear &>(static_cast<const Curve &>(w)).a;
}
double by_member(const double *x, int n) {
    double (Curve::*which)(double) const = n > 2 ? &Curve::at : &Curve::slope;
    std::unique_ptr<Curve> c = chosen(x[0], n > 1);
    return ((*c).*which)(x[1]) * x[0];
}
double in_closures(const double *x, int) {
    std::function<double(double)> f = [c = std::make_shared<Square>(x[0])](double t) { return value(*c, t); };
    return f(x[1]) * x[1];
}

// A cast to a class of which no object is made anywhere.
struct Marked {
    virtual ~Marked() = default;
    virtual double mark(double t) const { return t * t; }
};
double by_cast(const double *x, int) {
    std::unique_ptr<Curve> c = chosen(x[0], 1);
    double sum = value(*c, x[1]);
    if (auto *found = dynamic_cast<Marked *>(c.get())) sum += found->mark(sum);
    return sum;
}

const Rough rough;
const Curve *const fixed[] = {&rough};
double by_constant(const double *x, int) { return value(*fixed[0], x[0]) * x[0]; }

// What is thrown.
struct Failure : std::exception {
    double level;
    explicit Failure(double level) : level(level) {}
    virtual double cost() const { return level; }
};
struct Costly : Failure {
    using Failure::Failure;
    double cost() const override { return 3 * level; }
};
double thrown(const double *x, int) {
    try {
        if (x[0] > 0) throw Costly(x[0] * x[1]);
        return x[1];
    } catch (const Failure &f) {
        return f.cost() * x[0];
    }
}

std::shared_ptr<Curve> unused() { return std::make_shared<Nested>(); }

int main() {
    PROBE(made, {1.5, 0.5});
    PROBE(by_function, {1.5, 0.5, 2});
    PROBE(by_function, {1.5, 1.25, 2});
    PROBE(by_table, {1.5, 0.5, 2});
    PROBE(with_bases, {1.5, 0.5, 2});
    PROBE(by_member, {1.5, 0.5, 2});
    PROBE(by_member, {1.5, 0.5});
    PROBE(by_cast, {1.5, 0.5});
    PROBE(in_closures, {1.5, 0.5});
    PROBE(thrown, {1.5, 0.5});
    PROBE(thrown, {-1.5, 0.5});
    PROBE(by_constant, {1.5});
    return failures != 0;
}
