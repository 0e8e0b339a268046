// Lists of LLVM's library, whose functions are inline, and its trees.
// flags: -stdlib=libc++
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include "probe.hpp"
#include <forward_list>
#include <list>
#include <map>

static std::list<double> recent;
static std::forward_list<double> stack;
static std::map<int, double> sums;

double window(const double *x, int n) {
    recent.clear();
    for (int i = 0; i < 12; i++) {
        recent.push_back(x[i % n] * i);
        if (recent.size() > 5) recent.pop_front();
    }
    double s = 0;
    for (double v : recent) s += v * v;
    return s;
}

double summed(const double *x, int n) {
    sums.clear();
    for (int i = 0; i < 3 * n; i++) sums[i * 7 % 5] += x[i % n] * x[0];
    double s = 0;
    for (auto &one : sums) s += one.second * one.second * (one.first + 1);
    sums.erase(3);
    return s;
}

double stacked(const double *x, int n) {
    stack.clear();
    for (int i = 0; i < 3 * n; i++) {
        stack.push_front(x[i % n] * i);
        if (i % 3 == 2) stack.pop_front();
    }
    stack.reverse();
    double s = 0;
    for (double v : stack) s += v * v;
    return s;
}

int main() {
    const double before[] = {0.3, 0.7};
    window(before, 2);
    PROBE(window, {0.3, 0.7, -0.4});
    PROBE(window, {0.3, 0.7});
    PROBE(summed, {0.3, 0.7, -0.4});
    PROBE(stacked, {0.3, 0.7, -0.4});
    PROBE(stacked, {0.3, 0.7});
    return failures != 0;
}
