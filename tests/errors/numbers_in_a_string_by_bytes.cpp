// expect: 9:39: error: cannot differentiate through the bytes of a string
// note: the bytes of active floating values are taken for characters
#include <cstring>
#include <string>
template <class R, class... A> R __enzyme_autodiff(A...);
static double packed(double x) {
    double y = x * x;
    std::string bytes;
    for (int i = 0; i < 8; i++) bytes.push_back(reinterpret_cast<char *>(&y)[i]);
    std::memcpy(&y, bytes.data(), sizeof y);
    return y;
}
double slope(double x) { return __enzyme_autodiff<double>((void *)packed, x); }
