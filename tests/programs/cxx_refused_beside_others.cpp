// flags: -fno-inline-functions
// Derivatives that are made in another way, since they are refused in the first, beside others that are not:
// they share functions and variables.
#include <map>
#include <vector>

#include "probe.hpp"

static double kept, table[4];

[[gnu::noinline]] static double squared(double x) { return x * x; }
[[gnu::noinline]] static double tangent_of(double x) { return __enzyme_fwddiff<double>((void *)squared, x, 1.0); }

[[gnu::noinline]] static void keep(double x, int i) {
    kept += x;
    table[i & 3] = kept * x;
}

static double straight(const double *x, int n) {
    kept = 0;
    for (int i = 0; i < n; i++) keep(squared(x[i]) + tangent_of(x[0]), i);
    return table[1] * kept + table[0];
}

// as in cxx_refused_as_calls.cpp
struct rows {
    std::map<int, std::vector<double>> values;
    std::map<int, std::vector<int>> index;
};

static double mapped(const double *x, int n) {
    rows r;
    kept = 0;
    for (int i = 0; i < 2 * n; i++) {
        keep(x[i % n], i);
        r.values[i & 1].push_back(x[i % n] * x[0] + squared(x[1]));
        r.index[i % 3].push_back(i / 2);
    }
    double s = tangent_of(x[1]);
    for (auto &[k, list] : r.index)
        for (int i : list) s += r.values.at(k & 1).at(i) * (k + 1) * s + x[1];
    return s + kept + table[1];
}

// asks for the derivative of the other
static double outer(const double *x, int n) {
    std::vector<double> y(x, x + n), dy(n, 0.0);
    y[0] = squared(x[0]);
    __enzyme_autodiff<void>((void *)straight, enzyme_dup, y.data(), dy.data(), enzyme_const, n);
    return dy[0] * x[1] + dy[1];
}

int main() {
    PROBE(straight, {.7, .65, .3, .2});
    PROBE(mapped, {.7, .65, .3, .2});
    PROBE(outer, {.7, .65, .3, .2});
    PROBE(straight, {.1, .2, .3, .4});
    return failures != 0;
}
