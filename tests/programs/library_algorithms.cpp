// Algorithms with closures on ranges of iterators.
#include "probe.hpp"
#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

double inner_product(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v(x, x + n), w(n);
    std::transform(v.begin(), v.end(), w.begin(), [](double a) { return a * a + 1; });
    return std::inner_product(v.begin(), v.end(), w.begin(), 0.0);
}

double sorted(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v(x, x + n);
    std::sort(v.begin(), v.end());
    double s = 0;
    for (int i = 0; i < n; i++) s += v[i] * v[i] * (i + 1);
    return s;
}

double sorted_down(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v(x, x + n);
    std::sort(v.begin(), v.end(), [](double a, double b) { return a > b; });
    double s = 0;
    for (int i = 0; i < n; i++) s += v[i] * v[i] * (i + 1);
    return s;
}

double sorted_stably(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v(x, x + n);
    std::stable_sort(v.begin(), v.end());
    double s = 0;
    for (int i = 0; i < n; i++) s += v[i] * v[i] * (i + 1);
    return s;
}

double function_object(const double *x, [[maybe_unused]] int n) {
    double k = x[0];
    std::function<double(double)> f = [k, x](double y) { return k * y * x[1]; };
    double s = 0;
    for (int i = 0; i < n; i++) s += f(x[i]);
    return s;
}

double partial_sums(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v(n), w(n);
    std::partial_sum(x, x + n, v.begin());
    std::adjacent_difference(v.begin(), v.end(), w.begin(), [](double a, double b) { return a *
            b; });
    return std::reduce(w.begin(), w.end());
}

double nth(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v(x, x + n);
    std::nth_element(v.begin(), v.begin() + n / 2, v.end());
    double m = v[n / 2];
    auto [lo, hi] = std::minmax_element(v.begin(), v.end());
    return m * m + *lo * *hi * 3;
}

int main() {
    PROBE(inner_product, {1, 2, 3});
    PROBE(sorted, {3, 1, 2, 5, 4});
    PROBE(sorted_down, {3, 1, 2, 5, 4});
    PROBE(sorted_stably, {3, 1, 2, 5, 4});
    PROBE(function_object, {1, 2, 3});
    PROBE(partial_sums, {1, 2, 3});
    PROBE(nth, {3, 1, 2, 5, 4});
    return failures != 0;
}
