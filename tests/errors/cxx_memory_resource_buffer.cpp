// expect: 12:34: error: cannot differentiate through the buffer of a memory resource
// note: read what lies there through the container
#include <memory_resource>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);

double square(double x) {
    double buffer[64] = {};
    std::pmr::monotonic_buffer_resource from(buffer, sizeof buffer);
    std::pmr::vector<double> v({x}, &from);
    v.push_back(x);
    return v[0] * v[0] * x + 2 * *buffer; // the vector had its memory there at first
}
double slope(double x) { return __enzyme_autodiff<double>((void *)square, x); }
