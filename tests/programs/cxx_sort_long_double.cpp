// Objects with a `long double` are sorted: LLVM keeps the number in a register, and copies the
// padding behind it by itself, of which `!tbaa.struct` says `long double`.
#include "check.hpp"
#include <algorithm>

struct item {
    double weight;
    long double key;
    bool operator<(const item &other) const { return key < other.key; }
};
static double sorted(double x) {
    item items[] = {{x, 3 * x}, {x * x, 1 / x}, {2, x}, {3 * x, 2}};
    std::sort(items, items + 4);
    double sum = 0;
    for (int i = 0; i < 4; i++) sum += (i + 1) * items[i].weight * (double)items[i].key;
    return sum;
}

int main() {
    CHECK_AT(sorted, 0.75);
    return report();
}
