// In the second derivative LLVM makes one store of zeros and of the address of a closure's shadow, where closures of two numbers
// lie as well. (In lanes that is refused: lanes: their own.)
#include <functional>
#include <vector>

#include "check.h"

struct large {
    double p;
    int k;
    double q[2], *r;
};

static double grown(double x) {
    double u[2] = {x, x * x}, *p = u;
    large s{x, 1, {x, 2 * x}, u};
    std::vector<std::function<double(double)>> all;
    for (int i = 0; i < 2; i++) all.push_back([=](double c) { return p[i & s.k] * s.q[0] * c; });
    all.push_back([x, b = x * x](double c) { return c * x * b; });
    return all[1](x) + all[2](x);
}

extern double __enzyme_autodiff_grown(void *, double), __enzyme_autodiff_twice(void *, double);
static double gradient(double x) { return __enzyme_autodiff_grown((void *)grown, x); }

int main() {
    double x = 0.6;
    CHECK_CLOSE(__enzyme_autodiff_twice((void *)gradient, x), 24 * x * x, 1e-10);
    return report();
}
