// Maps, sets and hash tables: their nodes are linked by the library.
#include "probe.hpp"
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

double map_by_index(const double *x, [[maybe_unused]] int n) {
    std::map<int, double> m;
    for (int i = 0; i < n; i++) m[i * 7 % 5] = x[i] * x[i];
    double s = 0;
    for (auto &[k, v] : m) s += k * v * v;
    return s;
}

double map_erased(const double *x, [[maybe_unused]] int n) {
    std::map<int, double> m;
    for (int i = 0; i < 3 * n; i++) m[i] = x[i % n] * i;
    m.erase(1);
    m.erase(4);
    m[2] *= x[0];
    double s = 0;
    for (auto it = m.rbegin(); it != m.rend(); ++it) s = s * 0.5 + it->second;
    return s + m.size() + m.at(0);
}

// The first node of a copy is made by another allocation than the others, and is black.
double map_copied(const double *x, [[maybe_unused]] int n) {
    std::map<int, double> m;
    double s = 0;
    m[0] = 0;
    for (int i = 0; i < 3 * n; i++) {
        std::map<int, double> copy = m;
        copy[i + 1] = x[i % n] * x[0];
        s += copy.rbegin()->second * copy[i / 2];
        m[i + 1] = x[i % n] + i % 2 * s;
    }
    return s;
}

double set_of_values(const double *x, [[maybe_unused]] int n) {
    std::set<double> m(x, x + n);
    m.insert(x[0] * x[1] + 5);
    double s = 0;
    int k = 1;
    for (double v : m) s += k++ * v * v;
    return s;
}

double multimap_by_value(const double *x, [[maybe_unused]] int n) {
    std::multimap<double, double> m;
    for (int i = 0; i < n; i++) m.emplace(x[i], x[i] * x[(i + 1) % n]);
    double s = 0;
    for (auto it = m.lower_bound(1.5); it != m.end(); ++it) s += it->first * it->second;
    return s;
}

double hash_table(const double *x, [[maybe_unused]] int n) {
    std::unordered_map<int, double> m;
    for (int i = 0; i < n; i++) m[i * 7 % 5] = x[i] * x[i];
    for (int i = 0; i < 40; i++) m[i] += x[i % n] * i;
    double s = 0;
    for (auto &[k, v] : m) s += k * v * v;
    return s;
}

double hash_set(const double *x, [[maybe_unused]] int n) {
    std::unordered_set<double> m;
    for (int i = 0; i < n; i++) m.insert(x[i] * 2);
    double s = 0;
    for (double v : m) s += v * v;
    return s;
}

double mapref_(const std::map<int, double> &m) {
    double s = 0;
    for (auto &[k, v] : m) s += k * v * v;
    return s;
}

int main() {
    PROBE(map_by_index, {1, 2, 3});
    PROBE(map_erased, {1, 2, 3});
    PROBE(map_copied, {1, 2, 3});
    PROBE(set_of_values, {1, 2, 3});
    PROBE(multimap_by_value, {1, 2, 3});
    PROBE(hash_table, {1, 2, 3});
    PROBE(hash_set, {1, 2, 3});
    return failures != 0;
}
