// expect: 15:30: error: cannot differentiate through memory that another function hands out
// note: containers of std::pmr get their memory from virtual functions: use those of std, or pass the memory as an argument
#include <memory_resource>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);

struct counting : std::pmr::monotonic_buffer_resource {
    double calls = 0;
    void *do_allocate(size_t size, size_t align) override {
        return calls++, std::pmr::monotonic_buffer_resource::do_allocate(size, align);
    }
};
double square(double x) {
    counting from;
    std::pmr::vector<double> v({x}, &from);
    v.push_back(x);
    return v[0] * v[1] * from.calls;
}
double slope(double x) { return __enzyme_autodiff<double>((void *)square, x); }
