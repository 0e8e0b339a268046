// Variants in lists, where the analysis sees floats, pointers and integers in one place: what an integer or a pointer
// that took a number's place leaves in shadow memory is no adjoint (gradients were wrong without a word).
#include "check.hpp"
#include <list>
#include <variant>

template <class... T> using Values = std::list<std::variant<T...>>;

static constexpr long TWO = 0x4000000000000000; // the bits of 2.0

static double overwritten(double x) {
    double at = x * x, sum = 0;
    Values<long, double, double *> all{x, &at};
    for (auto &v : all)
        if (auto *number = std::get_if<double>(&v)) {
            sum += *number * *number;
            v = TWO;
        } else {
            sum += **std::get_if<double *>(&v) * x;
        }
    for (auto &v : all)
        if (auto *count = std::get_if<long>(&v)) sum += double(*count & 7);
    return sum;
}

static double in_turn(double x) {
    double at = x * x, sum = 0;
    Values<long, double, double *> all{&at, TWO, x * x};
    for (int round = 0; round < 3; round++) {
        int k = 0;
        for (auto &v : all) {
            k++;
            if (auto *count = std::get_if<long>(&v)) {
                sum += double(*count & 255) + x;
                v = x * k + sum;
            } else if (auto *number = std::get_if<double>(&v)) {
                sum += *number * *number / 8;
                if (k % 2) v = &at;
                else v = TWO + k;
            } else {
                sum += **std::get_if<double *>(&v) * x;
                if (k % 2) v = TWO + 1;
                else v = x * x;
            }
        }
    }
    return sum;
}

static double singles(double x) {
    float y = float(x), sum = 0;
    Values<float, float *> all;
    all.emplace_back(y * y);
    all.emplace_back(&y);
    for (auto &v : all)
        if (auto *number = std::get_if<float>(&v)) {
            sum += *number * y;
            v = &y;
        }
    for (auto &v : all) sum += **std::get_if<float *>(&v) * **std::get_if<float *>(&v);
    return sum;
}

int main() {
    CHECK_AT(overwritten, 0.7);
    CHECK_AT(in_turn, 0.7);
    check_close("singles", __enzyme_autodiff<double>((void *)singles, 0.75), slope(singles, 0.75), 1e-4);
    return report();
}
