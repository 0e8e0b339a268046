// expect: 10:15: error: cannot tell whether the data moved here are floating values
// note: the functions that are differentiated use these bytes as a floating value and as a pointer or an integer, or as floating values of several types, or that overlap
#include <cstddef>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);
struct Writer {
    std::vector<std::byte> bytes;
    void put(const double &x) {
        auto *first = reinterpret_cast<const std::byte *>(&x);
        bytes.insert(bytes.end(), first, first + sizeof x);
    }
};
double square(double x) {
    Writer w;
    w.put(x);
    w.put(x * x);
    w.put(3);
    return *reinterpret_cast<double *>(w.bytes.data()) * x;
}
double slope(double x) { return __enzyme_autodiff<double>((void *)square, x); }
