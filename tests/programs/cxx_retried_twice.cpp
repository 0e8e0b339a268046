// The second derivative of a function that tries again what threw: its reverse sweep is a loop with several entries, and
// blocks that calls in a `try` hand out leave the loop.
#include "check.hpp"
#include <vector>

struct Refused {
    int row;
    double value;
};
using Matrix = std::vector<std::vector<double>>;

static Matrix roots(Matrix a) {
    for (int j = 0; j < (int)a.size(); j++) {
        double d = a[j][j];
        if (d <= 0) throw Refused{j, d};
        a[j][j] = std::sqrt(d);
    }
    return a;
}

static double f(const double *x) {
    std::vector<double> y{.1, x[0], .5, .3, -.2};
    double shift = -1.5;
    for (;;) {
        try {
            Matrix a(5, std::vector<double>(5));
            for (int i = 0; i < 5; i++)
                for (int j = 0; j < 5; j++) a[i][j] = x[0] * (i == j) + shift;
            auto l = roots(a);
            std::vector<double> z = y;
            double sum = 0;
            for (int i = 0; i < 5; i++) {
                z[i] /= l[i][i];
                sum -= .5 * z[i] * z[i] + std::log(l[i][i]);
            }
            return sum;
        } catch (const Refused &e) { shift = shift < 0 ? .01 * (e.row + 1) : shift * 2; }
    }
}

static void gradient(const double *x, double *by) {
    *by = 0;
    __enzyme_autodiff<void>((void *)f, enzyme_dup, x, by);
}
static double gradient_at(double x) {
    double by;
    gradient(&x, &by);
    return by;
}

int main() {
    double x = .9, along = 1, by = 0, second = 0;
    __enzyme_fwddiff<void>((void *)gradient, enzyme_dup, (const double *)&x, &along, enzyme_dup, &by, &second);
    check_close("gradient", by, slope([](double t) { return f(&t); }, x));
    check_close("second derivative", second, slope(gradient_at, x));
    return report();
}
