// A function that asks the header for a derivative is differentiated itself, under sanitizers, too: their checks look at the
// addresses of the slots in which the frontend keeps functions.
// flags: -fsanitize=undefined -fno-sanitize-recover=undefined
#include "check.hpp"
#include <enzyme/enzyme>

static double slope_of(double x) {
    using namespace enzyme;
    auto cubic = [](double t) { return t * t * t * std::sin(t); };
    return get<0>(get<0>(autodiff<Reverse>(+cubic, Active<double>{x}))) + get<0>(autodiff<Forward>(cubic, Duplicated<double>{x, 2}));
}

int main() {
    CHECK_AT(slope_of, 1.3);
    return report();
}
