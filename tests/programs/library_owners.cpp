// Who owns what: unique_ptr, shared_ptr, optional, variant, tuple, a tree.
#include "probe.hpp"
#include <any>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>

double one_owner(const double *x, [[maybe_unused]] int n) {
    auto p = std::make_unique<double>(x[0]);
    auto a = std::make_unique<double[]>(n);
    for (int i = 0; i < n; i++) a[i] = x[i] * *p;
    auto q = std::move(a);
    return q[0] * q[1] + q[2];
}

double shared_values(const double *x, [[maybe_unused]] int n) {
    auto p = std::make_shared<double>(x[0]);
    std::vector<std::shared_ptr<double>> v;
    for (int i = 0; i < n; i++) {
        v.push_back(std::make_shared<double>(x[i]));
        v.push_back(p);
    }
    double s = 0;
    for (auto &q : v) s += *q * *q;
    return s;
}

double weakly_held(const double *x, [[maybe_unused]] int n) {
    std::shared_ptr<std::vector<double>> p(new std::vector<double>(x, x + n));
    auto q = p;
    std::weak_ptr<std::vector<double>> w = q;
    (*q)[0] *= 2;
    if (auto l = w.lock()) (*l)[1] *= 3;
    return (*p)[0] * (*p)[1] + p.use_count() * x[2];
}

double optional_values(const double *x, [[maybe_unused]] int n) {
    std::optional<double> a;
    if (x[0] > 0) a = x[0] * x[1];
    std::optional<std::vector<double>> v;
    v.emplace(x, x + n);
    return a.value_or(3) + (*v)[2] * v->at(0);
}

double visited(const double *x, [[maybe_unused]] int n) {
    std::variant<int, double, std::array<double, 2>> v;
    double s = 0;
    for (int i = 0; i < n; i++) {
        if (i % 3 == 0) v = i;
        else if (i % 3 == 1) v = x[i] * x[i];
        else v = std::array<double, 2>{x[i], x[0]};
        s += std::visit([](auto &&a) {
            using T = std::decay_t<decltype(a)>;
            if constexpr (std::is_same_v<T, int>) return double(a);
            else if constexpr (std::is_same_v<T, double>) return a;
            else return a[0] * a[1];
        }, v);
    }
    return s;
}

double tuples(const double *x, [[maybe_unused]] int n) {
    auto t = std::make_tuple(x[0], 2, x[1] * x[1]);
    auto [a, b, c] = t;
    auto p = std::make_pair(a * c, b);
    return p.first * p.second + std::get<2>(t) + std::apply([](double u, int v, double w) {
            return u * v * w; }, t);
}

struct Node {
    double v;
    std::unique_ptr<Node> l, r;
};

static void put(std::unique_ptr<Node> &t, double v) {
    if (!t) {
        t = std::make_unique<Node>();
        t->v = v;
    } else put(v < t->v ? t->l : t->r, v);
}

static double walk(const Node *t, double d) {
    return t ? walk(t->l.get(), d + 1) + d * t->v * t->v + walk(t->r.get(), d + 1) : 0;
}

double tree_of_owners(const double *x, [[maybe_unused]] int n) {
    std::unique_ptr<Node> t;
    for (int i = 0; i < n; i++) put(t, x[i]);
    return walk(t.get(), 1);
}

double anything(const double *x, [[maybe_unused]] int n) {
    std::vector<std::any> all;
    all.push_back(x[0] * x[1]);
    all.push_back(std::vector<double>{x[1], x[2]});
    all.emplace_back(3);
    double sum = 0;
    for (auto &one : all) {
        if (auto *d = std::any_cast<double>(&one)) sum += *d * *d;
        else if (auto *v = std::any_cast<std::vector<double>>(&one)) sum += (*v)[0] * (*v)[1];
        else sum *= std::any_cast<int>(one);
    }
    return sum;
}

// What is put into a node by a move is a double or a pointer there: the word was refused.
double anything_by_name(const double *x, [[maybe_unused]] int n) {
    std::map<std::string, std::any> all;
    all["scale"] = x[0];
    all["count"] = 3;
    all["values"] = std::vector<double>{x[1], x[2] * x[0]};
    auto values = std::any_cast<std::vector<double>>(all["values"]);
    return std::any_cast<double>(all["scale"]) * std::any_cast<int>(all["count"]) * values[0] * values[1];
}

int main() {
    PROBE(one_owner, {1, 2, 3});
    PROBE(shared_values, {1, 2, 3});
    PROBE(weakly_held, {1, 2, 3});
    PROBE(optional_values, {1, 2, 3});
    PROBE(visited, {1, 2, 3, 4, 5});
    PROBE(tuples, {1, 2, 3});
    PROBE(tree_of_owners, {2, 1, 3, 2.5});
    PROBE(anything, {0.6, 0.7, 0.4});
    PROBE(anything_by_name, {0.6, 0.7, 0.4});
    return failures != 0;
}
