// Containers of std::pmr, whose memory comes from resources: from a buffer, from pools, from the default one.
// flags: -std=c++20
#include "probe.hpp"
#include <cstddef>
#include <list>
#include <map>
#include <memory_resource>
#include <string>
#include <unordered_map>

double nodes(const double *x, int n) {
    std::byte buffer[512];
    std::pmr::monotonic_buffer_resource pool(buffer, sizeof buffer, std::pmr::new_delete_resource());
    std::pmr::map<std::pmr::string, double> m(&pool);
    for (int i = 0; i < n; i++) m["a parameter with a long name " + std::pmr::string(std::to_string(i).c_str(), &pool)] = x[i];
    std::pmr::list<double> l(x, x + n, &pool);
    std::pmr::unordered_map<int, std::pmr::vector<double>> h(&pool);
    for (int i = 0; i < 2 * n; i++) h[i % n].push_back(x[i % n] * i);
    double s = 0;
    for (auto &[k, v] : m) s = s * x[0] + v * k.size();
    for (double e : l) s += e * e;
    for (int i = 0; i < n; i++)
        for (double e : h.at(i)) s = 0.9 * s + e;
    return s;
}

// What works without derivatives on its containers gets their memory in the same way.
__attribute__((noinline)) void count(std::pmr::vector<int> &counts, int n) {
    for (int i = 0; i < n; i++) counts.push_back(i * i);
}
__attribute__((noinline)) double rows(std::pmr::memory_resource *from, const double *x, int n) {
    std::pmr::vector<std::pmr::vector<double>> all(from);
    std::pmr::vector<int> counts(from);
    count(counts, n);
    for (int i = 0; i < n; i++) {
        all.emplace_back(x, x + n);
        all.back()[i] *= x[0] * counts[i];
    }
    double s = 0;
    for (auto &row : all)
        for (double e : row) s += e * e;
    return s;
}
double pools(const double *x, int n) {
    std::pmr::unsynchronized_pool_resource pool;
    double s = 0;
    for (int i = 0; i < n; i++) s += rows(&pool, x, n) * x[i];
    return s + rows(std::pmr::get_default_resource(), x, n);
}

double by_hand(const double *x, int n) {
    std::pmr::monotonic_buffer_resource pool;
    auto *p = static_cast<double *>(pool.allocate(n * sizeof(double), alignof(double)));
    for (int i = 0; i < n; i++) p[i] = x[i] * x[0];
    double s = 0;
    for (int i = 0; i < n; i++) s += p[i] * p[n - 1 - i];
    pool.deallocate(p, n * sizeof(double), alignof(double));
    return s;
}

// Resources that lie beside numbers, or stay when the derivative ends.
struct model {
    std::pmr::monotonic_buffer_resource from;
    std::pmr::unsynchronized_pool_resource pool{&from};
    std::pmr::vector<double> w{&pool};
    model(const double *x, int n) { w.assign(x, x + n); }
    double operator()(double k) const {
        double s = 0;
        for (double e : w) s = s * k + e;
        return s;
    }
};
double members(const double *x, int n) {
    static thread_local std::pmr::monotonic_buffer_resource scratch;
    model m(x, n);
    std::pmr::vector<double> v(x, x + n, &scratch);
    for (int i = 0; i < n; i++) v.push_back(v[i] * m(x[i]));
    double s = 0;
    for (double e : v) s += e * e;
    scratch.release();
    return s * m(x[1]);
}

int main() {
    PROBE(members, {0.3, -0.7, 1.1});
    PROBE(nodes, {0.3, -0.7, 1.1});
    PROBE(pools, {0.3, -0.7, 1.1});
    PROBE(by_hand, {0.3, -0.7, 1.1});
    return failures != 0;
}
