// Memory from a resource that the library hands out, where only the program's own class is known (which is not met): what
// lies there is lost to the derivative, so the program ends at the call.
// flags: -std=c++20
// sanitizers: when full
#include "ends.h"
#include "probe.hpp"
#include <cstring>
#include <memory_resource>

struct counting : std::pmr::memory_resource {
    int calls = 0;
    void *do_allocate(size_t size, size_t) override { return calls++, ::operator new(size); }
    void do_deallocate(void *block, size_t, size_t) override { ::operator delete(block); }
    bool do_is_equal(const memory_resource &other) const noexcept override { return this == &other; }
};
static double sum(const double *x, int n) {
    std::pmr::vector<double> v(x, x + n);
    for (int i = 0; i < n; i++) v.push_back(x[i] * x[0]);
    double s = 0;
    for (double e : v) s += e * e;
    return s;
}

int main() {
    counting own;
    const std::pmr::vector<int> used({3}, &own);
    double x[] = {0.3, -0.7, 1.1}, dx[3] = {};
    IN_CHILD(__enzyme_autodiff<void>((void *)sum, enzyme_dup, x, dx, enzyme_const, 3));
    return child_exit >= 0 || !std::strstr(child_said, "has no derivative") || own.calls != 1;
}
