// Split forward mode through exceptions: both halves throw, and catch what they throw.
#include "check.hpp"
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

extern int enzyme_dup_return;
struct first {
    void *tape;
    double result;
};
extern first __enzyme_augmentfwd_first(void *, ...);
extern double __enzyme_fwdsplit(void *, ...);

struct failure : std::runtime_error {
    double v;
    failure(double v, const char *s) : std::runtime_error(s), v(v) {}
};
static int checked;
static __attribute__((noinline)) void check_index(int k) {
    checked++;
    if (k > 2) throw k;
}
static __attribute__((noinline)) double risky(double *x, int k) {
    std::vector<double> w(3, x[0]);
    x[1] += w[1];
    if (k % 2) throw failure(x[1] * x[0], "odd");
    return w[2] * x[1];
}
static double caught_in_calls(double *x) {
    double s = 0;
    for (int i = 0; i < 5; i++) {
        try {
            s += risky(x, i) * x[1];
            check_index(i);
            s *= x[0];
        } catch (const failure &e) {
            s += e.v * (e.what()[0] & 3);
        } catch (int k) {
            s += k * x[1];
        }
    }
    return s;
}
static double library_errors(double *x) {
    std::vector<double> v(x, x + 2);
    double s = x[0];
    try {
        s *= x[1];
        s += v.at((std::size_t)(x[0] * 10));
    } catch (const std::out_of_range &e) {
        s += v[1] * std::string(e.what()).size();
    }
    try {
        auto kept = std::make_unique<double>(s * s);
        if (x[1] > 0) throw std::invalid_argument("bad " + std::to_string((int)x[0]) + " and a text that is long");
        s += *kept;
    } catch (const std::exception &e) {
        s += x[0] * (std::string(e.what()).size() > 20);
    }
    return s;
}
static double thrown_number(double *x) {
    double s = 0;
    try {
        try {
            if (x[0] > 0) throw x[0] * x[1];
        } catch (double v) {
            s = v * v;
            throw;
        }
    } catch (...) {
        s += x[1];
    }
    return s;
}
static double linked(double *x) {
    std::list<double> l;
    for (int i = 0; i < 3; i++) i & 1 ? l.push_front(x[0] * i) : l.push_back(x[1] + i);
    l.push_back(l.front() * x[0]);
    l.pop_front();
    double s = 0;
    for (double v : l) s = s * x[1] + v;
    return s;
}
#define TRY(f)                                                                                                         \
    for (int i = 0; i < 2; i++) {                                                                                      \
        double x[2] = {0.7, 1.3}, d[2] = {1.0 - i, 1.0 * i}, up[2] = {0.7, 1.3}, down[2] = {0.7, 1.3};                   \
        up[i] += 1e-6, down[i] -= 1e-6;                                                                                \
        double want = (f(up) - f(down)) / 2e-6, plain[2] = {0.7, 1.3}, value = f(plain);                              \
        first a = __enzyme_augmentfwd_first((void *)f, enzyme_dup_return, enzyme_dup, x, d);                          \
        check_close(#f, a.result, value, 1e-12);                                                                           \
        x[0] = 55, x[1] = -3;                                                                                          \
        int before = checked;                                                                                          \
        double tangent = __enzyme_fwdsplit((void *)f, enzyme_dup, x, d, a.tape);                                         \
        check_close(#f " fwdsplit", tangent, want, 1e-6);                                                                            \
        check_close("checked again", checked - before, 0);                                                                                     \
    }
int main() {
    TRY(caught_in_calls)
    TRY(library_errors)
    TRY(thrown_number)
    TRY(linked)
    return report();
}
