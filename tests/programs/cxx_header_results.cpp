// <enzyme/enzyme>: structs of floats as active results in reverse mode, small and large; in forward mode, results
// that own strings (the tangent's strings were destroyed without having been constructed).
#include "check.hpp"
#include <array>
#include <complex>
#include <enzyme/enzyme>
#include <string>
#include <vector>

using enzyme::Active;
using enzyme::Duplicated;
using enzyme::Forward;
using enzyme::get;
using enzyme::Reverse;
using enzyme::ReverseWithPrimal;

struct Pair {
    double x, y;
};
struct Large {
    double a[5];
};
struct Owned { // not trivial: returned through memory
    double a, b;
    Owned(double a, double b) : a(a), b(b) {}
    Owned(const Owned &other) : a(other.a), b(other.b) {}
};

static Pair pair(double x, double y) { return {x * y, x * x}; }
static Large large(double x) {
    Large l;
    for (int i = 0; i < 5; i++) l.a[i] = x * x * i;
    return l;
}
static std::array<float, 3> powers(float x) { return {x, x * x, x * x * x}; }
static std::complex<double> square(std::complex<double> z) { return z * z; }
static Owned owned(double x) { return {x * x, std::sin(x)}; }

struct Named {
    std::string name;
    double value;
};
static Named named(double x) { return {"longer than what a string holds in itself", x * x}; }
static std::vector<Named> several(double x) {
    std::vector<Named> all;
    for (int i = 0; i < 3; i++) all.push_back({"longer than what a string holds in itself", i * x * x});
    return all;
}

int main() {
    auto n = enzyme::autodiff<Forward, Duplicated<Named>>(named, Duplicated<double>{2.0, 1.0});
    check_close("named", get<1>(n).value, 4);
    check_close("its name", get<0>(n).name.size(), 41);
    auto s = enzyme::autodiff<Forward, Duplicated<std::vector<Named>>>(several, Duplicated<double>{2.0, 1.0});
    check_close("several", get<1>(s)[2].value, 8);
    auto r = enzyme::autodiff<Reverse, Active<Pair>>(pair, Active<double>{2.0}, Active<double>{3.0});
    check_close("pair by x", get<0>(get<0>(r)), 7);
    check_close("pair by y", get<1>(get<0>(r)), 2);
    auto p = enzyme::autodiff<ReverseWithPrimal, Active<Pair>>(pair, Active<double>{2.0}, Active<double>{3.0});
    check_close("pair itself", get<1>(p).x + get<1>(p).y, 10);
    auto l = enzyme::autodiff<Reverse, Active<Large>>(large, Active<double>{2.0});
    check_close("large", get<0>(get<0>(l)), 40);
    auto f = enzyme::autodiff<Reverse, Active<std::array<float, 3>>>(powers, Active<float>{2.0f});
    check_close("powers", get<0>(get<0>(f)), 17);
    auto z = enzyme::autodiff<Reverse, Active<std::complex<double>>>(
        square, Active<std::complex<double>>{{2.0, 3.0}});
    check_close("square, real", get<0>(get<0>(z)).real(), 2 * (2.0 + 3.0));
    check_close("square, imaginary", get<0>(get<0>(z)).imag(), 2 * (2.0 - 3.0));
    auto o = enzyme::autodiff<ReverseWithPrimal, Active<Owned>>(owned, Active<double>{2.0});
    check_close("owned", get<0>(get<0>(o)), 4 + std::cos(2.0));
    check_close("owned itself", get<1>(o).a, 4);
    return report();
}
