// Functions of Boost's Math return constants where they have the result ready: erf at 0, gamma functions at whole numbers.
// That of Riemann's zeta function calls the logarithm of the gamma function for a place of the sign.
// flags: -std=c++17
// needs: /usr/include/boost/math/distributions/weibull.hpp
#include <boost/math/special_functions/cos_pi.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/zeta.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/weibull.hpp>

#include "probe.hpp"

namespace bm = boost::math;

static double distributed(const double *x, int) {
    bm::normal N(x[1], x[2]);
    return bm::cdf(N, x[0]) + 0.3 * bm::cdf(bm::complement(N, x[0] * x[2])) + bm::pdf(N, x[0]);
}
static double special(const double *x, int) {
    int sign = 0;
    double signed_one = bm::lgamma(x[1], &sign);
    double sum = bm::tgamma(x[0]) + signed_one * sign + bm::lgamma(x[0] - 1);
    return sum + bm::erf(x[2]) + bm::erfc(x[2] * x[2]) + bm::mean(bm::weibull(1 / x[3], x[1] * x[1]));
}
static double by_formula(const double *x, int) {
    return bm::erf_inv(x[0]) * x[1] + bm::cos_pi(x[1]) + bm::zeta(x[2]);
}
static double of_types(const double *x, int) {
    double sum = bm::erf((float)x[0]) * 2 + bm::tgamma((float)x[1]);
    return sum + (double)bm::lgamma((long double)x[1]) + (double)bm::erfc((long double)x[0]);
}

int main() {
    PROBE(distributed, {0.3, 0.3, 1.2});
    PROBE(special, {3, 2, 0, 1});
    PROBE(special, {2.5, -1.5, 0.3, .7});
    PROBE(by_formula, {0, .5, -2.5});
    double x[2] = {0, 3}, d[2] = {0, 0}; // in float, differences are too rough
    __enzyme_autodiff<void>((void *)of_types, enzyme_dup, x, d, enzyme_const, 2);
    compare("of_types", "gradient", 0, d[0], 2 / std::sqrt(std::acos(-1.)));
    compare("of_types", "gradient", 1, d[1], 3 * .9227843351);
    return failures != 0;
}
