/* Closed formulas through small inline functions, called many times with tables of inputs. */
#include "check.h"

static inline double cdf(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }
static inline double call(double s, double k, double r, double v, double t) {
    double d1 = (log(s / k) + (r + 0.5 * v * v) * t) / (v * sqrt(t)), d2 = d1 - v * sqrt(t);
    return s * cdf(d1) - k * exp(-r * t) * cdf(d2);
}

static double book(double *z, int n) {
    static const struct { double strike, years; int amount; } options[] = {{90, 0.5, 3}, {100, 1, -2}, {120, 2, 5}};
    double total = 0;
    (void)n;
    for (int i = 0; i < LENGTH(options); i++)
        total += options[i].amount * call(z[0], options[i].strike, z[1], z[2], options[i].years);
    return total;
}
ARRAY_TEST(book)

int main(void) {
    CHECK(book, 105, 0.03, 0.25);
    if (markers_work) { /* delta */
        double z[3] = {105, 0.03, 0.25}, bz[3] = {0}, want = 0;
        static const double k[] = {90, 100, 120}, t[] = {0.5, 1, 2}, amount[] = {3, -2, 5};
        book_reverse(z, bz, 3);
        for (int i = 0; i < 3; i++)
            want += amount[i] * cdf((log(z[0] / k[i]) + (z[1] + 0.5 * z[2] * z[2]) * t[i]) / (z[2] * sqrt(t[i])));
        CHECK_CLOSE(bz[0], want, 1e-13);
    }
    return report();
}
