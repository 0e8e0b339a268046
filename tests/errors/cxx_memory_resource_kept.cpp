// expect: 8:42: error: cannot differentiate through memory of a resource that is not given back
// note: give it back by 'deallocate'
#include <memory_resource>
template <class R, class... A> R __enzyme_autodiff(A...);

double square(double x) {
    std::pmr::monotonic_buffer_resource pool;
    auto *p = static_cast<double *>(pool.allocate(sizeof(double), alignof(double)));
    *p = x;
    return *p * *p;
}
double slope(double x) { return __enzyme_autodiff<double>((void *)square, x); }
