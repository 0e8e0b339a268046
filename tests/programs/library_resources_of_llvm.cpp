// LLVM's memory resources go through the blocks that they got when they end: that is no look into their buffers.
// flags: -stdlib=libc++ -std=c++20
// needs: /usr/lib/llvm-22/include/c++/v1/map
// sanitizers: when full
#include "probe.hpp"
#include <cstddef>
#include <memory_resource>

double limited(const double *x, int n) {
    std::byte buffer[320];
    std::pmr::monotonic_buffer_resource pool(buffer, sizeof buffer, std::pmr::null_memory_resource());
    std::pmr::vector<double> v(&pool);
    for (int i = 0; i < n; i++) v.push_back(x[i] * x[0]);
    return v[0] * v[1];
}

int main() {
    PROBE(limited, {0.3, -0.7, 1.1});
    return failures != 0;
}
