// <enzyme/enzyme> bears the macros of a program: its own names are no single letters.
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#define N 10
#define M 20
#define T 3
#define I 4
#define R 5
#define D 6
#define C 7
#define W 8
#define F 9
#include <enzyme/enzyme>

static double f(double x, const double &y) { return x * y * y + N; }

int main() {
    double y = 3, dy = 0;
    auto r = enzyme::autodiff<enzyme::ReverseWithPrimal>(
        f, enzyme::Active<double>{2.0}, enzyme::Duplicated<const double &>{y, dy});
    auto t = enzyme::autodiff<enzyme::Forward>(
        f, enzyme::Duplicated<double>{2.0, 1.0}, enzyme::Const<const double &>{y});
    bool right = enzyme::get<0>(enzyme::get<0>(r)) == 9 && dy == 12 && enzyme::get<1>(r) == 28 &&
                 enzyme::get<0>(t) == 9;
    if (!right) std::puts("wrong");
    return !right;
}
