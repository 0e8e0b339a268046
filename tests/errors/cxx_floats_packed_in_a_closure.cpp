// expect: 14:39: error: cannot differentiate floating values that are moved in pieces
#include <cstdint>
#include <cstring>
#include <functional>
template <class R, class... T> R __enzyme_autodiff(T...);
using function = std::function<double(double)>;
static volatile int first;
__attribute__((noinline)) static double run(const function &g, double x) { return g(x); }
static double f(double x) {
    double *p = &x;
    uint32_t low;
    float v = x;
    std::memcpy(&low, &v, sizeof v);
    std::function<double(double)> g[]{[both = uint64_t(3 + first) << 32 | low](double t) {
                                          uint32_t bits = both;
                                          float value;
                                          std::memcpy(&value, &bits, sizeof value);
                                          return t * value * (both >> 32);
                                      },
                                      [p](double t) { return t * *p; },
                                      [x](double t) { return t * x * x; }};
    double sum = 0;
    for (int i = 0; i < 3; i++) sum += run(g[(i + first) % 3], x) * (i + 1);
    return sum;
}
double slope(double x) { return __enzyme_autodiff<double>((void *)f, x); }
