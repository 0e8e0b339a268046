// A dynamic_cast from a base that an object has twice, once at the start of the class that is looked for: from the
// other of both it leads across.
#include "check.hpp"

struct curve {
    virtual ~curve() = default;
    virtual double at(double t) const = 0;
};
struct wave : curve {
    double a;
    explicit wave(double a) : a(a) {}
    double at(double t) const override { return std::sin(a * t); }
};
struct linear : curve {
    double a;
    explicit linear(double a) : a(a) {}
    double at(double t) const override { return a * t; }
};
struct both : wave, linear {
    both(double a, double b) : wave(a), linear(b) {}
    double at(double t) const override { return wave::at(t) * linear::at(t); }
};
static double part(const curve &c, double t) {
    auto *found = dynamic_cast<const linear *>(&c);
    return found ? found->a * t : 0;
}
static double across(double x) {
    both b(x, x * x * x);
    const wave &w = b;
    const linear &l = b;
    return part(w, x) + 3 * part(l, x) + w.at(x);
}

int main() {
    CHECK_AT(across, 0.7);
    return report();
}
