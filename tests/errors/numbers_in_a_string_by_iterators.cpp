// expect: 10:17: error: cannot differentiate through the bytes of a string
// note: the bytes of active floating values are taken for characters
#include <cstring>
#include <string>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);
static double packed(double x) {
    double y = x * x, z;
    std::vector<char> bytes(reinterpret_cast<char *>(&y), reinterpret_cast<char *>(&y) + 8);
    std::string text(bytes.begin(), bytes.end());
    std::memcpy(&z, text.data(), sizeof z);
    return z;
}
double slope(double x) { return __enzyme_autodiff<double>((void *)packed, x); }
