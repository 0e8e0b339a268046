// Exceptions that carry active data to where they are caught.
#include "check.hpp"
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>
struct E {
    double v;
    virtual ~E() {}
    virtual double get() const {
        return v;
    }
};
struct F : E {
    double w;
    F(double a, double b) {
        v = a;
        w = b;
    }
    double get() const override {
        return v * w;
    }
};
double a1(double x) {
    try {
        if (x > 0) throw x * x;
    } catch (double d) {
        return d * 2;
    }
    return x;
}
double a2(double x) {
    try {
        throw F(x, x * x);
    } catch (const E& e) {
        return e.get() + e.v;
    }
}
double a3(double x) {
    double s = 0;
    for (int i = 0; i < 100; i++) {
        try {
            if (i % 3) throw x * i;
            s += x;
        } catch (double& d) {
            s += d * d;
        }
    }
    return s;
}
__attribute__((noinline)) double thr(double x, int n) {
    if (n == 0) throw F(x, x * x);
    return thr(x * 1.1, n - 1) * 2;
}
double a4(double x) {
    try {
        return thr(x, 3);
    } catch (F f) {
        return f.get() * f.w;
    }
}
double a5(double x) {
    try {
        std::vector<double> v(2);
        try {
            v.at(3) = x;
        } catch (std::exception& e) {
            throw F(x * x * x, 1);
        }
    } catch (E& e) {
        return e.v;
    }
    return 0;
}
double a7(double x) {
    try {
        try {
            throw x * x;
        } catch (double& d) {
            d *= x;
            throw;
        }
    } catch (double d) {
        return d * x;
    }
}
struct state {
    double p;
    int k;
    double q;
};
__attribute__((noinline)) void touch(state *s) {
    if (s->p > 1e3) s->k = 5;
}
__attribute__((noinline)) double odd(double x, int k) {
    if (k & 1) throw F(x * x, k);
    return x;
}
double a8(double x) {  // which handler it is, LLVM may tell by what the one around it has found
    state s{x * x, x > 0 ? 2 : 3, x};
    touch(&s);
    double r = x;
    try {
        try {
            r += odd(s.q, 3);
        } catch (const F &e) {
            r *= e.w * e.v;
            try {
                r += odd(s.p, s.k);
                if (s.k == 2) throw s.k;
            } catch (const F &f) {
                r *= f.v;
            } catch (...) {
                r += s.p;
            }
            throw s.k;
        }
    } catch (const F &e) {
        r += e.v;
    } catch (...) {
        r *= s.p;
    }
    return r;
}
double a9(double x) {  // kept, and thrown later: what keeps one that nobody has thrown was refused
    std::vector<std::exception_ptr> kept{std::make_exception_ptr(F(x, 2))};
    for (int i = 0; i < 3; i++) try {
            if (i != 1) throw F(x * x, i);
        } catch (...) {
            kept.push_back(std::current_exception());
        }
    double r = x;
    for (auto &one : kept) try {
            std::rethrow_exception(one);
        } catch (const E &e) {
            r += e.get() * e.v;
        }
    return r;
}
int main() {
    CHECK_AT(a1, 2.0);
    CHECK_AT(a1, -2.0);
    CHECK_AT(a2, 1.5);
    CHECK_AT(a3, 0.5);
    CHECK_AT(a4, 1.2);
    CHECK_AT(a5, 1.3);
    CHECK_AT(a7, 1.4);
    CHECK_AT(a8, 1.1);
    CHECK_AT(a8, -1.1);
    CHECK_AT(a9, 1.3);
    return report();
}
