// Containers of GNU's library that check how they are used: iterators know their container, and containers which of
// them are still valid.
// flags: -D_GLIBCXX_DEBUG
// sanitizers: when full
#include "probe.hpp"
#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <string>
#include <unordered_map>

double sorted(const double *x, int n) {
    std::vector<double> v(x, x + n);
    for (int i = 0; i < 20; i++) v.push_back(std::sin(i) * x[i % n]);
    std::sort(v.begin(), v.end());
    double s = 0;
    int k = 1;
    for (auto it = v.rbegin(); it != v.rend(); ++it) s = s * 0.5 + *it * k++;
    v.erase(v.begin() + 2);
    v.insert(v.begin() + 1, x[1]);
    std::vector<double> w{x[0], x[2]};
    std::swap(v, w);
    auto largest = std::max_element(w.begin(), w.end());
    auto moved = std::move(w);
    return s * *largest * v[1] + moved[0] * moved[4];
}

double nodes(const double *x, int n) {
    std::map<int, std::vector<double>> m;
    for (int i = 0; i < 2 * n; i++) m[i % n].push_back(x[i % n] * i);
    std::unordered_map<std::string, double> named;
    for (int i = 0; i < n; i++) named["x" + std::to_string(i)] = x[i];
    std::list<double> l(x, x + n);
    l.push_front(x[0] * x[1]);
    std::deque<double> d;
    for (double each : l) d.push_front(each * x[1]);
    d.pop_back();
    double s = 0;
    for (auto &[k, v] : m)
        for (double e : v) s += e * e * k;
    for (double each : d) s = 0.9 * s + each;
    auto found = named.find("x1");
    return s * found->second + named.count("x7");
}

// A container of the caller's that has listed an iterator.
double erased(std::vector<double> &v, double x) {
    v[0] *= x;
    v.erase(v.begin() + 2);
    return v[0] * x + v[1];
}
void of_caller() {
    std::vector<double> v{1, 2, 3}, dv(3);
    auto first = v.begin();
    compare("erased", "gradient", 0, __enzyme_autodiff<double>((void *)erased, enzyme_dup, &v, &dv, 0.5), 1);
    compare("erased", "gradient", 1, dv[0], 0.25);
    compare("erased", "value", 0, *first, 0.5);
}

int main() {
    of_caller();
    PROBE(sorted, {0.3, -0.7, 1.1});
    PROBE(nodes, {0.3, -0.7, 1.1});
    return failures != 0;
}
