// expect: 9:11: error: cannot differentiate through the bytes of a string
// note: the bytes of active floating values are taken for characters
#include <cstring>
#include <string>
template <class R, class... A> R __enzyme_autodiff(A...);
extern int enzyme_dup;
static double packed(const double *x) {
    std::string bytes;
    bytes.append(reinterpret_cast<const char *>(x), 2 * sizeof(double));
    double y[2];
    std::memcpy(y, bytes.data(), sizeof y);
    return y[0] * y[1];
}
double slope(const double *x, double *dx) {
    return __enzyme_autodiff<double>((void *)packed, enzyme_dup, x, dx);
}
