// Second derivatives of what throws active numbers, in all orders of modes.
#include "check.hpp"
#include <stdexcept>

struct failure : std::runtime_error {
    double v;
    int k;
    failure(double v, int k) : std::runtime_error("no"), v(v), k(k) {}
};
__attribute__((noinline)) static double risky(double x, int k) {
    if (k == 1) throw x * x;
    if (k == 2) throw failure(std::sin(x) * x, k);
    return x;
}
static double caught(double x) {
    double s = x;
    for (int k = 0; k < 4; k++) {
        try {
            s += risky(x, k) * x;
        } catch (double e) {
            s += e * x * s;
        } catch (const failure &e) {
            s *= e.v * e.k * x;
        }
    }
    try {
        if (x > 0) throw s * x;
        s = 1;
    } catch (double &e) {
        e *= x;
        s += e * e;
    }
    return s;
}
static double forward(double x) { return __enzyme_fwddiff<double>((void *)caught, x, 1.0); }
static double reverse(double x) { return __enzyme_autodiff<double>((void *)caught, x); }

int main() {
    CHECK_AT(forward, 0.7);
    CHECK_AT(reverse, 0.7);
    return report();
}
