// Second derivatives of closures behind std::function, beside a recursive one that holds pointers: what a
// comparison of functions says of an object holds for its shadow, also where LLVM has forwarded the function.
#include "check.hpp"
#include <functional>

struct state {
    double p;
    int k;
    double q[2], *r;
};
static double chosen(double a, double *x, const double *fixed, int n) {
    double sum = 0.25;
    state s;
    s.p = x[1], s.k = 2, s.r = x, s.q[0] = s.q[1] = sum;
    std::function<double(double, int)> f = [=](double c, int l) { return std::pow(std::sin(s.p + a) + 1.75, std::cos(c * l)); };
    if (4 * std::exp(std::sin(x[n])) <= 4) f = [&](double, int l) { return std::sin(fixed[l & 3]); };
    sum += f(std::sin(s.q[n & 1] * a), s.k);
    return sum * s.r[0];
}
static double falling(double x) {
    double c = x * x;
    std::function<double(double, int)> f = [&](double a, int i) { return i > 0 ? std::sin(f(a * c, i - 1)) : a * c; };
    return f(x, 3);
}
static const double fixed[] = {0.5, 0.25, 0.125, 0.75};
static double once(double a, double da, double *x, double *dx) {
    return __enzyme_fwddiff<double>((void *)chosen, enzyme_dup, a, da, enzyme_dup, x, dx, enzyme_const, fixed, enzyme_const, 2);
}
static double along(double t) {
    double x[] = {t, t * t, 0.5 * t}, dx[] = {1, 2 * t, 0.5};
    return once(std::sin(t), std::cos(t), x, dx);
}
static double directly(double t) {
    double x[] = {t, t * t, 0.5 * t};
    return chosen(std::sin(t), x, fixed, 2);
}
static double falls(double x) { return __enzyme_fwddiff<double>((void *)falling, x, 1.0); }

int main() {
    for (double t : {0.6, -0.4}) {
        check_close("once", along(t), slope(directly, t));
        CHECK_AT(along, t);
    }
    CHECK_AT(falls, 0.6);
    return report();
}
