// LLVM's library sorts numbers by functions that it keeps in itself.
// flags: -stdlib=libc++
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include <algorithm>
#include <functional>
#include <vector>

#include "check.h"

template <class T> static double sorted(const double *x, int n) {
    std::vector<T> v(x, x + n);
    std::sort(v.begin(), v.end());
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (i + 1) * v[i] * v[i];
    std::vector<int> order(n);
    for (int i = 0; i < n; i++) order[i] = (i * 7 + 3) % n;
    std::sort(order.begin(), order.end());
    for (int i = 0; i < n; i++) sum += order[i] * v[n - 1 - i];
    std::sort(v.begin(), v.end(), std::greater<>());
    return sum + v[0] * v[n - 1];
}

static double f(double *x, int n) { return sorted<double>(x, n) + sorted<long double>(x, n); }
ARRAY_TEST(f)

static double in_place(double *x, int n) {
    std::sort(x, x + n);
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (i + 1) * sin(x[i]);
    return sum;
}
ARRAY_TEST(in_place)

int main() {
    CHECK(f, 0.5, 1.25, -0.75, 0.125, -2);
    CHECK(in_place, 0.5, 1.25, -0.75, 0.125, -2);
    return report();
}
