// Vectors that static and thread_local variables hold are scratch memory: what an earlier call has
// left in them is constant, and the shadow has the size of the block.
#include "probe.hpp"
#include <unordered_map>

struct Work {
    int n = 0;
    std::vector<double> a;
    std::vector<int> index;
    std::vector<std::vector<double>> rows;
    void size(int m) {
        n = m;
        a.resize(m), index.resize(m), rows.resize(m);
        for (auto &r : rows) r.resize(m);
    }
};

static Work shared;

double scratch(const double *x, int n) {
    static thread_local Work w;
    static std::vector<double> grown;
    static std::vector<float> narrow;
    w.size(n);
    shared.size(2);
    grown.clear();
    narrow.assign(n, 0.5f);
    for (int i = 0; i < n; i++) {
        w.index[i] = (i * 3 + 1) % n;
        w.a[i] = x[i] * x[0];
        grown.push_back(x[i] * i);
        narrow[i] += i;
        for (int j = 0; j < n; j++) w.rows[i][j] = std::sin(x[i]) * x[j];
    }
    shared.a[1] = x[1] * x[0], shared.rows[1][0] = shared.a[1] * 3;
    if (n > 4) {
        std::vector<double> other(n, 2.0);
        for (auto &v : other) v *= x[0];
        grown = std::move(other);
        grown[1] = x[2];
    }
    double s = shared.rows[1][0] * 0.5;
    for (int i = 0; i < n; i++) {
        s += w.a[w.index[i]] * grown[i] * narrow[i];
        for (double r : w.rows[i]) s += r * r * (i + 1);
    }
    return s;
}

// What was left by the call before is read, and has no derivative.
static std::vector<double> before;

double kept(const double *x, int n) {
    double s = 0;
    before.resize(3, 1.0);
    for (int i = 0; i < 3; i++) {
        s += before[i] * x[i % n];
        before[i] = x[i % n];
        s += before[i] * before[i];
    }
    before.assign(3, 2.0);
    return s;
}

// Tables of functions behind a variable hold no pointers to numbers.
static const std::unordered_map<int, double (*)(double)> functions{{1, std::sin}, {2, std::exp}};

double beside_a_table(const double *x, int n) {
    static std::vector<double> w;
    w.resize(n);
    for (int i = 0; i < n; i++) w[i] = functions.at(i % 2 + 1)(x[i]);
    double s = 0;
    for (double v : w) s += v * v;
    return s;
}

int main() {
    PROBE(beside_a_table, {0.3, 0.7, -0.4});
    PROBE(scratch, {0.3, 0.7, -0.4});
    PROBE(scratch, {0.3, 0.7});
    PROBE(scratch, {0.3, 0.7, -0.4, 1.1, 0.2, 0.5});
    PROBE(scratch, {0.3, 0.7, 0.1, 1.2});
    before.assign(3, 2.0);
    PROBE(kept, {0.3, 0.7});
    return failures != 0;
}
