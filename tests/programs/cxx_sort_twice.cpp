// Second derivatives of what sorts, which is recursive: its derivative keeps lists of what each
// loop needs, and LLVM makes one store of two that put these lists into different members.
#include "check.hpp"
#include <algorithm>
#include <vector>

struct item {
    double key;
    int index;
};
static double sorted(double x) {
    std::vector<item> items;
    for (int i = 0; i < 40; i++) items.push_back({std::sin(i * i + 1.0) * x * x, i % 5});
    std::sort(items.begin(), items.end(), [](const item &a, const item &b) { return a.key < b.key; });
    double sum = 0;
    for (size_t i = 0; i < items.size(); i++) sum += items[i].key * items[i].key * (items[i].index + i);
    return sum;
}
static double reverse(double x) { return __enzyme_autodiff<double>((void *)sorted, x); }

int main() {
    CHECK_AT(reverse, 0.7);
    return report();
}
