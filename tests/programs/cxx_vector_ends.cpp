// The end of a vector that is only read at fixed places: how far it is from the start is not zero.
#include "check.hpp"
#include <algorithm>
#include <vector>
double copied(double x) {
    std::vector<double> v{x, x * x, 3 * x};
    std::vector<double> w(v);
    w.push_back(v[0] * v[1]);
    return w[3] * w[2];
}
double back(double x) {
    std::vector<double> w{x, 2 * x, x * x};
    std::vector<double> v(w);
    double a = v[2];
    v.back() = std::sin(v[0]);
    return std::exp(a) * v[2];
}
double sized(std::vector<double> &v) {
    if (v.size() < 3) return 0;
    double a = v[2];
    v.back() = std::sin(v[0]);
    return std::exp(a) * v[2];
}
double outside(double x) {
    std::vector<double> v{x, 2 * x, x * x};
    return sized(v);
}
struct P {
    double x;
    int k;
    double y;
};
double structs(double x) {
    std::vector<P> v{{x, 1, 2 * x}, {x * x, 2, x}};
    std::vector<P> u(v);
    double a = u[1].x;
    u.back().x = x * 3;
    u.push_back({x, 3, x * x});
    return std::exp(a) * u[1].x * u[2].y * u[2].k;
}
double pointers(double x) {
    double y = x * x, z = 2 * x;
    std::vector<double *> v{&x, &y};
    std::vector<double *> u(v);
    u.push_back(&z);
    return *u[2] * *u[1];
}
__attribute__((noinline)) double grown(const std::vector<double> &v, int n) {
    if (n == 0) {
        std::vector<double> w(v);
        w.push_back(v[0] * v[1]);
        std::vector<double> z(w);
        return z[3];
    }
    std::vector<double> l(3, v[0] * n);
    return grown(v, n - 1) + l[1];
}
double recursive(double x) {
    return grown({x, 2 * x, x * x}, 2);
}
// Where the copy is of nothing, LLVM has numbers in the place of the addresses that are subtracted.
double inserted(double x) {
    const int n = (int)(6 * x);
    std::vector<P> v, w, u;
    for (int i = 0; i < n; i++) {
        v.push_back({std::cos(x * i), i, 0.5 * x});
        w.push_back({std::tanh(x + 0.1 * i), i + 4, x * x});
    }
    auto less = [](const P &a, const P &b) { return a.x < b.x; };
    std::sort(v.begin(), v.end(), less);
    u = w;
    u.insert(std::upper_bound(u.begin(), u.end(), v[1], less), v[1]);
    double s = 0, i = 1;
    for (auto &e : u) s += std::sin(e.x * e.y * (e.k + i++));
    return s + w[2].x;
}
int main() {
    CHECK_AT(inserted, 0.7);
    CHECK_AT(inserted, 0.55);
    CHECK_AT(copied, 0.7);
    CHECK_AT(back, 0.7);
    CHECK_AT(outside, 0.7);
    CHECK_AT(structs, 0.7);
    CHECK_AT(pointers, 0.7);
    CHECK_AT(recursive, 0.7);
    return report();
}
