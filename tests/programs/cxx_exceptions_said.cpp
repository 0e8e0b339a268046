#include "check.hpp"
#include <stdexcept>
#include <string>
struct error { double v; error(double v) : v(v) {} };
static double said(double x) {
    double s = x;
    for (int k = 0; k < 3; k++) {
        try {
            if (k == 1) throw std::runtime_error("low");
            if (k == 2) throw error(x * s);
            s *= x;
        } catch (const error &e) {
            s += e.v;
        } catch (const std::exception &e) {
            s *= x * e.what()[0];
        }
    }
    return s;
}
int main() {
    CHECK_AT(said, 0.7);
    return report();
}
