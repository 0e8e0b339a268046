// Split forward mode through what the C++ library makes of functions, and of addresses. Where a function that is not known
// would be called with active data, the second half ends, so nothing else depends on what it may do.
#include "check.hpp"
#include "ends.h"
#include <algorithm>
#include <functional>
#include <list>
#include <map>
#include <vector>

extern int enzyme_dup_return;
struct first {
    void *tape;
    double result;
};
extern first __enzyme_augmentfwd_first(void *, ...);
extern double __enzyme_fwdsplit(void *, ...);

static auto adder(double a) {
    return [=, b = a * a](double c) { return c * std::cos(a) + b; };
}
static double map_of_functions(double *x) {
    double *q = x, r = x[0];
    std::map<int, std::function<double(double)>> all;
    all[2] = [=](double y) { return std::cos(q[1]) * y; };
    all[0] = [&](double y) { return std::sin(r) + y; };
    all.emplace(1, adder(x[1]));
    for (auto &[key, call] : all) r += key * std::sin(call(0.75));
    all.erase(0);
    x[0] = all.begin()->second(r);
    return r;
}
static double list_of_functions(double *x) {
    std::list<std::function<double(double)>> all;
    std::vector<double> w(3, x[1]);
    for (int i = 0; i < 3; i++)
        if (x[0] * i < 1)
            all.push_front([=, &w](double y) { return w[i] * y + x[0]; });
        else
            all.push_back(adder(x[0] * i));
    std::function<double(double)> last = all.back();
    all.pop_back();
    double s = last(x[0]);
    for (auto &call : all) w[1] += s, s = call(s);
    return s;
}
static double sorted_by_sines(double *x) {
    double t[4] = {x[0], x[1] * 2, x[1] - x[0], x[0] * 3}, u[4] = {x[1], x[0], 3, x[0] * x[1]};
    double *which = x[0] > 2 ? u : t;
    std::nth_element(which, which + 2, which + 4, [](double l, double r) { return std::sin(l) < std::sin(r); });
    std::nth_element(u, u + 1, u + 4, [](double l, double r) { return l * l < r * r; });
    return t[2] * t[0] + u[1] * t[3];
}
static double product(double *x) {
    return std::sin(x[0] * x[1]);
}
static double (*volatile hook)(double *) = product;
#ifdef __x86_64__
extern "C" double of_another_file(double *); // product, as somebody else would have compiled it
__asm__(".text\nof_another_file: movsd (%rdi), %xmm0\nmulsd 8(%rdi), %xmm0\nmovsd %xmm0, (%rdi)\nret");
#endif
static double by_hook(double *x, double (*hook)(double *)) {
    std::list<double> l;
    l.push_back(x[0]);
    l.push_front(x[1] * x[0]);
    double w[2] = {l.front(), l.back()};
    double s = hook ? hook(w) : w[0];
    for (double v : l) s += v * w[1];
    return s;
}
static double both_halves(double *x, double *d, double (*hook)(double *)) {
    first a = __enzyme_augmentfwd_first((void *)by_hook, enzyme_dup_return, enzyme_dup, x, d, enzyme_const, hook);
    return __enzyme_fwdsplit((void *)by_hook, enzyme_dup, x, d, enzyme_const, hook, a.tape);
}
#define TRY(f)                                                                                                         \
    for (int i = 0; i < 2; i++) {                                                                                      \
        double x[2] = {0.7, 1.3}, d[2] = {1.0 - i, 1.0 * i}, up[2] = {0.7, 1.3}, down[2] = {0.7, 1.3};                   \
        up[i] += 1e-6, down[i] -= 1e-6;                                                                                \
        double want = (f(up) - f(down)) / 2e-6, after = (up[0] - down[0]) / 2e-6, plain[2] = {0.7, 1.3}, value = f(plain); \
        first a = __enzyme_augmentfwd_first((void *)f, enzyme_dup_return, enzyme_dup, x, d);                          \
        check_close(#f, a.result, value, 1e-12);                                                                           \
        x[0] = 55, x[1] = -3;                                                                                          \
        double tangent = __enzyme_fwdsplit((void *)f, enzyme_dup, x, d, a.tape);                                         \
        check_close(#f " fwdsplit", tangent, want, 1e-6);                                                              \
        check_close(#f " fwdsplit of x", d[0], after, 1e-6);                                                           \
    }
int main() {
    TRY(map_of_functions)
    TRY(list_of_functions)
    TRY(sorted_by_sines)
    double x[2] = {0.7, 1.3}, d[2] = {1, 0};
    check_close("without a hook", both_halves(x, d, nullptr), 1.3 + 1.3 * 2 * 0.7 + 2 * 0.7, 1e-9);
    double sum = 2 * 1.3 * 0.7 + 2 * 0.7;
    check_close("with a hook", both_halves(x, d, hook), std::cos(1.3 * 0.7 * 0.7) * 1.3 * 2 * 0.7 + sum, 1e-9);
#ifdef __x86_64__
    IN_CHILD(both_halves(x, d, of_another_file));
    check_close("the end", child_exit == -1 && is_right_or_said("cxx_split_forward_library", "no derivative"), 1);
#endif
    return report();
}
