// Maps, sets and hash tables: their nodes are linked by the library.
#include "probe.hpp"
#include <map>
#include <set>
#include <stdexcept>
#include <string>
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

// What lies behind the heads of trees in an object is not in their nodes.
class Model {
    std::map<std::string, std::vector<double>> weights;
    std::map<int, std::map<int, double>> table;
    std::map<int, std::vector<int>> index;
#ifndef _LIBCPP_VERSION
    std::set<double> values;
#endif
    std::vector<int> order;

  public:
    void set(int i, double v) {
        weights[i % 2 ? "odd" : "even"].push_back(v);
        table[i % 2][i] = v * v;
        index[i % 3].push_back(i);
#ifndef _LIBCPP_VERSION
        values.insert(v + i);
#endif
        order.push_back(i);
    }
    double eval(double x) const {
        double s = 0;
        for (auto &[k, v] : weights)
            for (double d : v) s += std::sin(d * x) * (double)k.size();
        for (auto &[a, row] : table)
            for (auto &[b, d] : row) s += d * d * (a + b) * x;
        for (auto &[a, list] : index)
            for (int b : list) s += table.at(b % 2).at(b) * (a + 1);
#ifndef _LIBCPP_VERSION
        for (double v : values) s = 0.5 * s + v * v;
        s += *values.rbegin();
#endif
        return s + x * order.back();
    }
};

double maps_in_a_class(const double *x, int n) {
    Model m;
    for (int i = 0; i < 2 * n; i++) m.set(i, x[i % n] * x[0]);
    return m.eval(x[1]);
}

// A copied tree is linked without a call, and no call tells of the head of the copy.
double map_copied_whole(const double *x, int n) {
    std::map<int, double> m;
    for (int i = 0; i < n; i++) m[i] = x[i] * x[0];
    std::map<int, double> copy = m;
    double s = 0;
    for (auto &[k, v] : copy) s += v * v * (k + 1);
    return s;
}

struct TwoMaps {
    std::map<int, double> a, b;
};

double maps_that_move(const double *x, int n) {
    std::vector<TwoMaps> v(2);
    for (int i = 0; i < n; i++) v[i % 2].a[i] = x[i] * x[0], v[1].b[i] = x[i];
    v.push_back(v[0]);
    double s = 0;
    for (auto &two : v) {
        for (auto l = two.a.lower_bound(1); l != two.a.end(); ++l) s += l->second * l->second * l->first;
        for (auto &[k, d] : two.b) s += d * d * (k + 1) * x[0];
    }
    return s;
}

#ifndef _LIBCPP_VERSION
struct Plan {
    std::map<int, std::vector<int>> order;
    std::map<int, std::vector<double>> factors;
    double scale = 1;
};

// A default argument that is copied, as of Eigen's FFT: nothing is ever put into it.
double maps_copied_empty(const double *x, int n) {
    Plan nothing, plan(nothing);
    plan.order[3].push_back(n - 1);
    plan.factors[2].assign(x, x + n);
    plan.scale *= x[0];
    double s = 0;
    for (double f : plan.factors[2]) s += f * f * plan.order[3][0];
    return s * plan.scale;
}
#endif

// What lies in front of the map in the class is copied apart from it, and read by a function that steps
// from the map's head to its last node.
struct Quote {
    double spot, rate;
    std::map<int, double> curve;
};

__attribute__((noinline)) static double priced(const Quote &quote) {
    auto found = quote.curve.lower_bound(9);
    double last = found == quote.curve.end() ? quote.curve.rbegin()->second : found->second;
    return last * quote.spot * quote.rate;
}

double beside_a_head(const double *x, [[maybe_unused]] int n) {
    Quote quote{x[0], x[1], {}};
    quote.curve[3] = x[2];
    Quote copy = quote;
    return priced(copy);
}

// What only looks into a map, beside text and numbers.
struct Curve {
    std::map<double, double> nodes;
    std::string name;
    double scale;
    double at(double t) const {
        if (nodes.empty()) throw std::logic_error(name + ": empty");
        auto high = nodes.lower_bound(t);
        return high == nodes.end() ? 0.5 * at(t - 1) : high->second * high->first * scale;
    }
};

double map_looked_into(const double *x, int n) {
    Curve curve{{}, "interest", x[0]};
    for (int i = 0; i < n; i++) curve.nodes[i + 1] = x[i];
    return curve.at(1.5) * curve.at(n + 3);
}

#ifndef _LIBCPP_VERSION
// Trees of several kinds in a class, and such objects in a vector and in a map: their heads are told from
// nodes where all objects that a parameter leads to have one, and where elements lie side by side.
struct Ledger {
    std::map<int, std::vector<double>> rows;
    std::unordered_map<std::string, double> named;
    std::set<int> days;
    double rate;
};

__attribute__((noinline)) static double balance(const Ledger &ledger, double s) {
    return s * ledger.rate + ledger.named.at("q") + ledger.days.count(2) * 1.5 +
           ledger.rows.rbegin()->second.back() * *ledger.days.rbegin();
}

double objects_with_trees(const double *x, [[maybe_unused]] int n) {
    Ledger ledger{{}, {}, {2, 5}, x[0]};
    ledger.rows[2].push_back(x[1] * x[2]);
    ledger.rows[4] = {x[2], x[0] * x[1]};
    ledger.named["q"] = x[1];
    std::map<int, Ledger> kept;
    kept[2] = ledger;
    std::vector<Ledger> row{ledger};
    row.push_back(row[0]);
    row[1].rows[7].push_back(x[2]);
    double s = x[0];
    for (auto &[k, one] : kept) s = balance(one, s * k);
    for (auto &one : row) s = balance(one, s);
    return s;
}
#endif

double mapref_(const std::map<int, double> &m) {
    double s = 0;
    for (auto &[k, v] : m) s += k * v * v;
    return s;
}

int main() {
    PROBE(map_by_index, {1, 2, 3});
    PROBE(map_erased, {1, 2, 3});
    PROBE(map_copied, {1, 2, 3});
    PROBE(maps_in_a_class, {1, 2, 3});
    PROBE(map_copied_whole, {1, 2, 3});
    PROBE(maps_that_move, {1, 2, 3});
#ifndef _LIBCPP_VERSION
    PROBE(maps_copied_empty, {1, 2, 3});
    PROBE(objects_with_trees, {1, 2, 3});
#endif
    PROBE(beside_a_head, {1, 2, 3});
    PROBE(map_looked_into, {1, 2, 3});
    PROBE(set_of_values, {1, 2, 3});
    PROBE(multimap_by_value, {1, 2, 3});
    PROBE(hash_table, {1, 2, 3});
    PROBE(hash_set, {1, 2, 3});
    return failures != 0;
}
