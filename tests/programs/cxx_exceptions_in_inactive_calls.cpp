// A call that throws into a handler, whose arguments are constants, beside active ones of the same function.
#include "check.hpp"
struct error {
    double v;
    int k;
};
__attribute__((noinline)) static double deeper(double a, int k) {
    if (k > 2) throw error{a * 2, k};
    return a + k;
}
__attribute__((noinline)) static double risky(double a, int k) {
    double w[2] = {a, 1};
    if (a * k > 1) throw error{std::sin(a), k};
    return w[0] * std::cos(a) + deeper(w[k & 1], k);
}
// The call is inactive: its arguments are constants.
double inactive(double x) {
    double s = x, c = 0.25;
    for (int i = 0; i < 6; i++) {
        try {
            s *= risky(c, i);
        } catch (const error &e) {
            s += e.v * e.k * x;
        }
    }
    return s;
}
// One call of the function is active, the other is not.
double both(double x) {
    double s = 0;
    for (int i = 0; i < 6; i++) {
        try {
            s += risky(x, i);
        } catch (const error &e) {
            s += e.v;
        }
        try {
            s += risky(0.5, i) * x;
        } catch (const error &e) {
            s *= e.v;
        }
    }
    return s;
}
int main() {
    CHECK_AT(inactive, 0.75);
    CHECK_AT(both, 0.75);
    return report();
}
