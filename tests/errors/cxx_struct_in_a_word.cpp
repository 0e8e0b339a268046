// expect: 9:39: error: cannot tell whether the data moved here are floating values
#include <functional>
template <class R, class... T> R __enzyme_autodiff(T...);
using function = std::function<double(double)>;
struct numbers { int k; float v; };
static volatile int first;
__attribute__((noinline)) static double run(const function &g, double x) { return g(x); }
static double captured(numbers a, double x, double *p) {
    std::function<double(double)> g[]{[a](double t) { return t * a.k * a.v; },
                                      [p](double t) { return t * *p; },
                                      [x](double t) { return t * x * x; }};
    double sum = 0;
    for (int i = 0; i < 3; i++) sum += run(g[(i + first) % 3], x) * (i + 1);
    return sum;
}
static double f(double x) { return captured({3, static_cast<float>(x * x)}, x, &x); }
double slope(double x) { return __enzyme_autodiff<double>((void *)f, x); }
