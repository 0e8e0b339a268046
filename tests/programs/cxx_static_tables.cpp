// Hash tables that static and thread_local variables hold are scratch memory, too: the block of
// buckets that an earlier call has left gets a shadow, and a table may keep its one bucket in itself.
#include "probe.hpp"
#include <unordered_map>

struct Cache {
    int calls = 0;
    std::unordered_map<int, double> values;
    int more = 1;
};

static std::unordered_map<long, double> memo;

static double binomial(int n, int k, const double *x) {
    if (k == 0 || k == n) return x[0] * n;
    long key = n * 100 + k;
    auto it = memo.find(key);
    if (it != memo.end()) return it->second;
    double v = binomial(n - 1, k - 1, x) * 0.5 + binomial(n - 1, k, x) * x[1];
    memo[key] = v;
    return v;
}

struct Key {
    int n, k;
    bool operator==(const Key &other) const { return n == other.n && k == other.k; }
};
struct Hash {
    std::size_t operator()(const Key &key) const { return key.n * 31u + key.k; }
};
static std::unordered_map<Key, double, Hash> hashed;

double by_a_hash(const double *x, int n) {
    hashed.clear();
    for (int i = 0; i < 9; i++) hashed[{i % 4, i % 3}] += x[i % n] * x[0];
    double s = 0;
    for (int i = 0; i < 4; i++) s += hashed[{i, i % 3}] * hashed[{1, i % 3}];
    return s;
}

double memoised(const double *x, int) {
    memo.clear();
    return binomial(7, 3, x) + binomial(6, 4, x);
}

double scratch(const double *x, int n) {
    static Cache cache;
    static thread_local std::unordered_map<int, double> sums;
    cache.calls++, cache.values.clear(), sums.clear();
    for (int i = 0; i < 40; i++) {
        cache.values[i * 7 % 40] += x[i % n] * i;
        sums[i % 5] += x[i % n] * x[0];
        if (i % 6 == 0) sums.erase(i % 5);
    }
    double s = 0;
    for (auto &one : cache.values) s += one.second * one.second * 1e-2;
    for (auto &one : sums) s += one.second * one.first;
    if (n == 2) cache.values.rehash(200);
    cache.values.erase(3), sums.clear();
    return s * cache.more;
}

// What was left by the call before is read, and has no derivative.
static std::unordered_map<int, double> before;

double kept(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += before[i] * x[i];
    before.clear();
    for (int i = 0; i < n; i++) before[i] = x[i] * x[0], s += before[i] * before[i];
    before.clear();
    for (int i = 0; i < n; i++) before[i] = 2;
    return s;
}

int main() {
    for (int i = 0; i < 3; i++) before[i] = 2;
    PROBE(memoised, {0.3, 0.7});
    PROBE(by_a_hash, {0.3, 0.7, -0.4});
    PROBE(scratch, {0.3, 0.7});
    PROBE(scratch, {0.3, 0.7, -0.4});
    PROBE(kept, {0.3, 0.7});
    return failures != 0;
}
