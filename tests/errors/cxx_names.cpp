// expect: 12:12: error: cannot differentiate the call to 'geo::distance(geo::Point const&, std::vector<double> const&)'
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);
namespace geo {
struct Point {
    double x;
};
double distance(const Point &, const std::vector<double> &);
} // namespace geo
double f(double x) {
    std::vector<double> v{x};
    return geo::distance(geo::Point{x}, v);
}
double g(double x) { return __enzyme_autodiff<double>((void *)f, x); }
