// expect: 8:7: error: cannot differentiate through memory of a resource that others see
// note: let it have the default allocator, or make a copy of its contents
#include <memory_resource>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);

double grown(std::pmr::vector<double> &v, double x) {
    v.push_back(x);
    return v[0] * v[1];
}
double slope(std::pmr::vector<double> *v, std::pmr::vector<double> *dv, double x) {
    return __enzyme_autodiff<double>((void *)grown, v, dv, x);
}
