// A resource of the program's own is asked for memory, also where nothing says so but its table of virtual functions.
// flags: -std=c++20 -fno-rtti
#include "probe.hpp"
#include <memory_resource>

struct counting : std::pmr::memory_resource {
    int calls = 0;
    void *do_allocate(size_t size, size_t) override { return calls++, ::operator new(size); }
    void do_deallocate(void *block, size_t, size_t) override { ::operator delete(block); }
    bool do_is_equal(const memory_resource &other) const noexcept override { return this == &other; }
};
double counted(const double *x, int n) {
    counting from;
    std::pmr::vector<double> v(x, x + n, &from);
    for (int i = 0; i < n; i++) v.push_back(v[i] * x[0]);
    double s = 0;
    for (double e : v) s += e * e;
    return s * from.calls;
}

int main() {
    PROBE(counted, {0.3, -0.7, 1.1});
    return failures != 0;
}
