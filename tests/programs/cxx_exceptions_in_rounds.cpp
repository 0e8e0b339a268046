// Calls through pointers that may throw, in a derivative and in what differentiates it: what was made of those of the first
// was called for those of the second, as it had the name (the program crashed).
#include "check.hpp"
#include <functional>

static volatile int which = 1;
static double inner(double x) {
    std::function<long(int, int)> all[3];
    all[0] = [](int k, int i) { return k > 7 ? throw 1 : (long)k * i; };
    all[1] = [f = all[0]](int k, int i) { return f(k, i) * 2; };
    all[2] = [f = all[which]](int k, int i) { return f(k, i) + 1; };
    double s = x;
    for (int i = 0; i < 4; i++) try {
            s *= all[i % 3](i * 3, 2) - x;
        } catch (int e) {
            s += e * x;
        }
    return s;
}
static int deeper(int k);
static int end(int k) { return k > 2 ? throw k : k + which; }
static int (*const table[])(int) = {end, deeper};
static int deeper(int k) { return k > 4 ? table[k & 1](k - 1) * 2 : table[0](k); }
static double outer(double x) {
    int n = 0;
    for (int i = 0; i < 9; i++) try {
            n += table[(i + which) & 1](i);
        } catch (int k) {
            n += k;
        }
    return __enzyme_autodiff<double>((void *)inner, x * n) * n * x;
}
int main() {
    for (double x : {0.4, 1.1}) {
        CHECK_AT(inner, x);
        CHECK_AT(outer, x);
    }
    return report();
}
