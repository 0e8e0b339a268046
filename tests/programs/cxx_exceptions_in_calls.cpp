// Exceptions out of functions that stay calls: what they did before they threw is undone too.
#include "check.hpp"
#include <vector>
#include <stdexcept>
__attribute__((noinline)) void work(double* x) {
    x[0] *= 2;
    if (x[1] > 3) throw 1;
    x[0] *= x[0];
}
double s1(double x) {
    double a[2] = {x, 4};
    try {
        work(a);
    } catch (int) {
        return a[0]*a[0];
    }
    return a[0];
}
double s2(double x) {
    double a[2] = {x, 2};
    try {
        work(a);
    } catch (int) {
        return a[0]*a[0];
    }
    return a[0];
}
double rec(double x, int n, std::vector<double>& log) {
    log.push_back(x*n);
    if (n == 0) throw std::runtime_error("end");
    double r = x * rec(x*1.1, n-1, log);
    return r;
}
double s3(double x) {
    std::vector<double> log;
    try {
        rec(x, 4, log);
    } catch (std::exception& e) {}
    double s = 0;
    for (double v : log) s += v*v;
    return s;
}
double rec2(double x, int n) {
    if (n < 0) throw 2;
    std::vector<double> v(2, x);
    if (n == 0) return v.at(1);
    return v.at(0) * rec2(x, n-1);
}
double s4(double x) {
    return rec2(x, 3);
}
double s5(double x) {
    double s = 0;
    for (int i = -1; i < 3; i++) {
        try {
            s += rec2(x, i);
        } catch (int k) {
            s += k*x;
        }
    }
    return s;
}
struct Sink {
    double& t;
    double v;
    ~Sink() {
        t += v;
    }
};
__attribute__((noinline)) double deep(double x, double& t, int n) {
    Sink s{t, x*n};
    if (n == 0) throw 1;
    return deep(x*x, t, n-1);
}
double s6(double x) {
    double t = 0;
    try {
        deep(x, t, 3);
    } catch (...) {
        t *= x;
    }
    return t;
}
double s7(double x) {
    return rec2(x, -1);
}
int main() {
    CHECK_AT(s1, 1.5);
    CHECK_AT(s2, 1.5);
    CHECK_AT(s3, 0.8);
    CHECK_AT(s4, 1.2);
    CHECK_AT(s5, 0.7);
    CHECK_AT(s6, 0.9);
    int c = 0;
    try {
        __enzyme_autodiff<double>((void*)s7, 1.0);
    } catch (int) {
        c++;
    }
    check_close("c", c, 1);
    return report();
}
