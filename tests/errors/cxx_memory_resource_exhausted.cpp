// expect: 13:34: error: cannot differentiate through memory that another function hands out
// note: containers of std::pmr get their memory from virtual functions: use those of std, or pass the memory as an argument
#include <cstddef>
#include <memory_resource>
#include <new>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);

double square(double x, int n) {
    std::byte buffer[64];
    std::pmr::monotonic_buffer_resource from(buffer, sizeof buffer, std::pmr::null_memory_resource());
    try {
        std::pmr::vector<double> v(n, x, &from);
        return v[0] * v[0];
    } catch (const std::bad_alloc &) {
        return x;
    }
}
double slope(double x) { return __enzyme_autodiff<double>((void *)square, x, 10); }
