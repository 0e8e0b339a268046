// expect: 8:30: error: cannot differentiate through memory that another function hands out
// note: containers of std::pmr get their memory from virtual functions: use those of std, or pass the memory as an argument
#include <memory_resource>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);

double square(double x) {
    std::pmr::vector<double> v{x, x};
    return v[0] * v[1];
}
double slope(double x) { return __enzyme_autodiff<double>((void *)square, x); }
