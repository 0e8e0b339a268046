// Functions of the library that return what depends on less where numbers are alike or zero: std::lerp between equal
// ends and at its end, powers of complex numbers on the real axis, and functions of these with LLVM's library.
// flags: -std=c++20
#include <complex>

#include "probe.hpp"

template <class T> static double interpolated(const double *x, int) {
    T a = x[0], b = x[1], t = x[2];
    double sum = std::lerp(a, b, t) + std::lerp(b, a, t * t);
    return sum + 2 * std::lerp(-a, b, t) + std::lerp(1, a, t);
}
static double of_floats(const double *x, int) {
    float sum = 0;
    for (int i = 0; i < 4; i++) sum += i * std::lerp((float)x[0], (float)x[1], (float)x[2] + i);
    return sum;
}
static double nested(const double *x, int n) { // second order, too
    double ends[3] = {x[0], x[1], 1};
    double d[3] = {0, 0, 0};
    __enzyme_autodiff<void>((void *)interpolated<double>, enzyme_dup, ends, d, enzyme_const, n);
    return d[0] * x[2] + d[1] + d[2] * x[0];
}

template <class T> static double power(const double *x, int) {
    std::complex<T> z(x[0], x[1]);
    auto w = std::pow(z, T(x[2])) + std::pow(z, 2) - std::pow(T(1.5), z);
    return w.real() + 2 * w.imag();
}

template <class T> static double functions(const double *x, int) {
    std::complex<T> z(x[0], x[1]), all[] = {std::exp(z),  std::cosh(z), std::sinh(z), std::tanh(z),  std::cos(z),   std::sin(z),
                                            std::tan(z),  std::asin(z), std::acos(z), std::atan(z), std::asinh(z), std::atanh(z)};
    double sum = 0, weight = 1;
    for (auto &w : all) sum += weight * w.real() + (weight + .7) * w.imag(), weight *= -1.3;
    return sum;
}
static double logarithm(const double *x, int) {
    std::complex<double> z(x[0], x[1]), w = std::log(z) * 2. + std::sqrt(z);
    return w.real() + 3 * w.imag();
}

static double phases(const double *x, int n) {
    std::complex<float> sum = 0;
    for (int i = 0; i < n; i++) sum += std::exp(std::complex<float>(.1f * i, x[i]));
    return std::norm(sum);
}

int main() {
    PROBE(interpolated<double>, {1.3, 1.3, .3});
    PROBE(interpolated<double>, {1.3, 2.1, 1});
    PROBE(interpolated<double>, {0, 0, 0});
    PROBE(interpolated<long double>, {1.3, 1.3, .3});
    PROBE(nested, {1.3, 1.3, .3});
    PROBE(power<double>, {1.3, 0, 2.5});
    PROBE(power<double>, {1.3, -.2, 1.5});
    PROBE(power<double>, {-1.3, .2, 1.5});
    PROBE(power<long double>, {1.3, 0, 2.5});
    PROBE(functions<double>, {0.4, 0.0});
    PROBE(functions<double>, {-.4, -0.0});
    PROBE(functions<double>, {0.0, .3});
    PROBE(functions<double>, {0.0, 0.0});
    PROBE(functions<long double>, {0.4, 0.0});
    PROBE(logarithm, {0.4, 0.0});

    // in float, central differences are too rough
    double x[3] = {1.5, 1.5, .25}, d[3] = {0, 0, 0};
    __enzyme_autodiff<void>((void *)of_floats, enzyme_dup, x, d, enzyme_const, 3);
    compare("of_floats", "gradient", 0, d[0], 6 - 1.5 - 14);
    compare("of_floats", "gradient", 1, d[1], 1.5 + 14);
    compare("of_floats", "gradient", 2, d[2], 0);
    double y[2] = {0, 0}, dy[2] = {0, 0}; // |1 exp(i y0) + exp(.1 + i y1)|^2 is flat there
    __enzyme_autodiff<void>((void *)phases, enzyme_dup, y, dy, enzyme_const, 2);
    compare("phases", "gradient", 0, dy[0], 0);
    double z[2] = {0, 1}, dz[2] = {0, 0};
    __enzyme_autodiff<void>((void *)phases, enzyme_dup, z, dz, enzyme_const, 2);
    compare("phases", "gradient", 0, dz[0], 2 * std::exp(.1) * std::sin(1.));
    return failures != 0;
}
