// flags: -fno-inline-functions
// What is refused as functions that stay calls is differentiated with them inlined: more is known of memory then.
#include <map>
#include <vector>

#include "probe.hpp"

struct rows {
    std::map<int, std::vector<double>> values;
    std::map<int, std::vector<int>> index;
};

static double mapped(const double *x, int n) {
    rows r;
    for (int i = 0; i < 2 * n; i++) {
        r.values[i & 1].push_back(x[i % n] * x[0]);
        r.index[i % 3].push_back(i / 2);
    }
    double s = 0;
    for (auto &[k, list] : r.index)
        for (int i : list) s += r.values.at(k & 1).at(i) * (k + 1) * s + x[1];
    return s;
}

int main() {
    PROBE(mapped, {.7, .65, .3, .2});
    return failures != 0;
}
