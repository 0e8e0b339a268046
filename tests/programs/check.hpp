// What the C++ programs share: the markers as templates, and checks against differences.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cmath>
#include <cstdio>

extern int enzyme_dup, enzyme_dupnoneed, enzyme_const, enzyme_out;
template <class R, class... A> R __enzyme_autodiff(A...);
template <class R, class... A> R __enzyme_fwddiff(A...);

static int failures;

[[maybe_unused]] static void check_close(const char *what, double got, double want, double tolerance = 1e-7) {
    if (std::fabs(got - want) <= tolerance * (1 + std::fabs(want))) return;
    std::printf("%s is %.17g, want %.17g\n", what, got, want);
    failures++;
}

template <class F> double slope(F f, double x) {
    const double h = 1e-3, weights[] = {-1, 9, -45, 0, 45, -9, 1};
    double sum = 0;
    for (int k = -3; k <= 3; k++)
        if (k) sum += weights[k + 3] / (60 * h) * f(x + k * h);
    return sum;
}

// double f(double): the gradient and the tangent at x against a difference quotient.
#define CHECK_AT(f, x)                                                                                        \
    (check_close(#f " reverse at " #x, __enzyme_autodiff<double>((void *)f, (double)(x)), slope(f, x)),       \
     check_close(#f " forward at " #x, __enzyme_fwddiff<double>((void *)f, (double)(x), 1.0), slope(f, x)))

[[maybe_unused]] static int report() {
    if (failures) std::printf("%d checks failed\n", failures);
    return failures != 0;
}

#endif
