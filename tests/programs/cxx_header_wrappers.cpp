// <enzyme/enzyme>: wrappers that are constants themselves, and parameters that are rvalue references.
#include "check.hpp"
#include <enzyme/enzyme>
#include <utility>
#include <vector>

using namespace enzyme;

static double product(double x, const double &y, double z) { return x * x * y * z; }
static double taken(std::vector<double> &&v, const std::vector<double> &&w) {
    std::vector<double> mine = std::move(v);
    return mine[0] * mine[1] + w[0] * mine[0];
}
struct Labelled {
    virtual double at(double x) const { return k * x; }
    double k = 2;
};
static double called(Labelled l, double x) { return l.at(x) * l.k; }

int main() {
    double y = 3, dy = 0;
    const Active<double> x{2.0};
    const Duplicated<const double &> by{y, dy};
    const Const<double> z{5.0};
    auto [gradients, value] = autodiff<ReverseWithPrimal>(product, x, by, z);
    check_close("value", value, 60);
    check_close("by x", get<0>(gradients), 60);
    check_close("by y", dy, 20);
    const Duplicated<double> along{2.0, 1.0};
    check_close("along x", get<0>(autodiff<Forward>(product, along, Const<const double &>{y}, z)), 60);

    auto tangent = autodiff<Forward>(taken, Duplicated<std::vector<double> &&>{{2, 3}, {1, 0}},
        Const<const std::vector<double> &&>{std::vector<double>{7}});
    check_close("taken", get<0>(tangent), 10);

    auto object = get<0>(autodiff<Reverse>(called, Active<Labelled>{Labelled{}}, Active<double>{3.0}));
    check_close("by the object", get<0>(object).k, 12);
    check_close("by the number", get<1>(object), 4);
    return report();
}
