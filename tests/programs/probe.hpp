// What programs of the C++ library share: PROBE(f, {x...}) compares the gradient of
// `double f(const double *x, int n)` by both modes with central differences.
#pragma once
#include <cmath>
#include <cstdio>
#include <vector>

extern int enzyme_dup, enzyme_const;
template <class R, class... T> R __enzyme_autodiff(T...);
template <class R, class... T> R __enzyme_fwddiff(T...);

static int failures;

inline void compare(const char *name, const char *mode, int i, double got, double want) {
    if (std::fabs(got - want) < 1e-5 * (1 + std::fabs(want))) return;
    std::printf("%s: %s[%d] is %.12g, want %.12g\n", name, mode, i, got, want);
    failures++;
}

#define PROBE(f, ...)                                                                            \
    do {                                                                                         \
        const std::vector<double> start __VA_ARGS__;                                             \
        const int n = (int)start.size();                                                         \
        std::vector<double> x = start, dx(n, 0.0);                                               \
        __enzyme_autodiff<void>((void *)f, enzyme_dup, x.data(), dx.data(), enzyme_const, n);    \
        for (int i = 0; i < n; i++) {                                                            \
            std::vector<double> a = start, b = start, xf = start, df(n, 0.0);                    \
            const double h = 1e-6 * (1 + std::fabs(start[i]));                                   \
            a[i] += h, b[i] -= h, df[i] = 1;                                                     \
            const double want = (f(a.data(), n) - f(b.data(), n)) / (2 * h);                     \
            compare(#f, "gradient", i, dx[i], want);                                             \
            compare(#f, "tangent", i,                                                            \
                    __enzyme_fwddiff<double>((void *)f, enzyme_dup, xf.data(), df.data(),        \
                                             enzyme_const, n),                                   \
                    want);                                                                       \
        }                                                                                        \
    } while (0)
