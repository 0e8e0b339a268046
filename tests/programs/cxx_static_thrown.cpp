// An exception that leaves a derivative leaves no shadows of static vectors behind, nor what is wrong later.
#include "probe.hpp"
#include <stdexcept>

static std::vector<double> scratch;
static thread_local std::vector<double> other;

double limited(const double *x, int n) {
    scratch.resize(n);
    other.resize(n);
    for (int i = 0; i < n; i++) {
        other[i] = x[i];
        scratch[i] = x[i] * x[0] * other[i];
        if (scratch[i] > 100) throw std::range_error("too large");
        scratch.push_back(other[i] * 2);
    }
    double sum = 0;
    for (double v : scratch) sum += v * v;
    for (double v : other) sum += std::sin(v);
    return sum;
}

int main() {
    PROBE(limited, {0.5, 0.7, 0.3});
    double far[] = {0.5, 0.7, 0.3, 50, 1}, shadow[5] = {0};
    for (int k = 0; k < 6; k++) {
        try {
            if (k % 2) __enzyme_fwddiff<double>((void *)limited, enzyme_dup, far, shadow, enzyme_const, 5);
            else __enzyme_autodiff<void>((void *)limited, enzyme_dup, far, shadow, enzyme_const, 5);
            failures++;
        } catch (const std::range_error &) {
        }
        if (k % 3 == 2) PROBE(limited, {0.5, 0.7, 0.3, 0.1});
    }
    return failures != 0;
}
