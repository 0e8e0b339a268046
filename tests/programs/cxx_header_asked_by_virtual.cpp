// A virtual function asks for a derivative, and what calls it through the base is differentiated. The members that are
// differentiated have the type of the virtual function: which of them a pointer to a member means is known.
#include "check.hpp"
#include <enzyme/enzyme>

using namespace enzyme;

struct Objective {
    virtual ~Objective() = default;
    virtual double slope(double x) const = 0;
};

template <class Own> struct Differentiable : Objective {
    double slope(double x) const override {
        const Own &own = static_cast<const Own &>(*this);
        auto [gradient] = autodiff<Reverse>(&Own::value, Const<const Own &>{own}, Active<double>{x});
        return get<1>(gradient);
    }
};

struct Cubic : Differentiable<Cubic> {
    double a = 2;
    double value(double x) const { return a * x * x * x; }
};

struct Wave : Differentiable<Wave> {
    double k = 3;
    double value(double x) const { return std::sin(k * x) * x; }
};

static double line(double x) { return std::exp(-x) * x; }
struct Plain : Objective {
    double slope(double x) const override { return __enzyme_fwddiff<double>((void *)line, x, 1.0); }
};

static double descend(const Objective &objective, double x) {
    for (int i = 0; i < 3; i++) x -= 0.05 * objective.slope(x);
    return x;
}

static double all(double x) { return descend(Cubic(), x) * descend(Wave(), x) + descend(Plain(), x); }

// The pointer to a member is chosen when the program runs, and changed between two requests.
static double chosen(double x) {
    struct Two {
        double k;
        double square(double x) const { return k * x * x; }
        double cube(double x) const { return k * x * x * x; }
    } two{2};
    auto member = x > 1 ? &Two::square : &Two::cube;
    double sum = get<1>(get<0>(autodiff<Reverse>(member, Const<const Two &>{two}, Active<double>{x})));
    member = &Two::square;
    for (int i = 0; i < 2; i++) {
        sum += get<0>(autodiff<Forward>(member, Const<const Two &>{two}, Duplicated<double>{x, 1}));
        member = &Two::cube;
    }
    return sum;
}

int main() {
    CHECK_AT(all, 0.7);
    check_close("cube first", chosen(0.5), 6 * 0.25 + 4 * 0.5 + 6 * 0.25);
    check_close("square first", chosen(2), 4 * 2 + 4 * 2 + 6 * 4);
    return report();
}
