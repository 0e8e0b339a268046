// expect: 14:30: error: cannot differentiate through memory that another function hands out
// note: containers of std::pmr get their memory from virtual functions: use those of std, or pass the memory as an argument
#include <memory_resource>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);

struct counting : std::pmr::memory_resource { // its table and type information are in another file
    double calls = 0;
    void *do_allocate(size_t size, size_t align) override;
    void do_deallocate(void *block, size_t size, size_t align) override;
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override;
};
double square(counting &from, double x) {
    std::pmr::vector<double> v({x}, &from);
    return v[0] * v[0] * from.calls;
}
double slope(counting &from, counting &other, double x) { return __enzyme_autodiff<double>((void *)square, &from, &other, x); }
