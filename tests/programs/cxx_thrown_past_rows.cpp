// An exception leaves no shadows of static rows behind; of blocks that are partly used, AddressSanitizer knows which part.
// flags: -stdlib=libc++
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include "probe.hpp"
#include <stdexcept>

static std::vector<double> scratch;
static thread_local std::vector<std::vector<double>> rows;

double limited(const double *x, int n) {
    scratch.resize(n);
    rows.resize(n);
    for (int i = 0; i < n; i++) {
        rows[i].assign(i + 1, x[i]);
        scratch[i] = x[i] * x[0] * rows[i][i];
        if (scratch[i] > 100) throw std::range_error("too large");
        scratch.push_back(rows[i][0] * 2);
    }
    double sum = 0;
    for (double v : scratch) sum += v * v;
    for (auto &r : rows)
        for (double v : r) sum += std::sin(v);
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
