// Exceptions that own memory, or are pointers: what they hold is active where they are caught.
#include "check.hpp"
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
struct Base : std::exception {
    std::vector<double> at;
    std::string why;
    Base(std::vector<double> a, std::string w) : at(std::move(a)), why(std::move(w)) {}
    const char *what() const noexcept override {
        return why.c_str();
    }
    virtual double cost() const {
        double s = 0;
        for (double q : at) s += q * q;
        return s;
    }
};
struct Weighted : Base {
    std::map<int, double> w;
    std::unique_ptr<double> k;
    Weighted(std::vector<double> a, double f)
        : Base(std::move(a), "a rather long explanation of what went wrong"), k(std::make_unique<double>(f)) {
        for (int i = 0; i < (int)at.size(); i++) w[i] = f * i;
    }
    double cost() const override {
        double s = *k;
        for (auto &[i, f] : w) s += f * at[i];
        return s;
    }
};
__attribute__((noinline)) double deep(double x, int n) {
    if (n == 0) {
        std::vector<double> w{x, x * x};
        w.push_back(x * 2);
        if (x > 0) throw Weighted(w, x);
        throw Base(w, "short");
    }
    std::vector<double> l(3, x * n);
    return deep(x, n - 1) + l[1];
}
double virt(double x) {
    try {
        return deep(x, 3);
    } catch (const Base &b) {
        return b.cost() * x + std::string(b.what()).size();
    }
}
double again(double x) {
    double s = 0;
    for (int i = 0; i < 5; i++) try {
            try {
                if (i % 2) throw Weighted({x, x * x}, x * i);
                s += x;
            } catch (Base &b) {
                s += b.at[0];
                b.at[1] *= x;
                if (i == 3) throw;
                s += b.cost();
            }
        } catch (Weighted &w) {
            s += w.cost() * w.at[1];
        }
    return s;
}
double nested(double x) {
    double s = x;
    try {
        throw Base({x, 2 * x}, "outer");
    } catch (Base &o) {
        try {
            throw Weighted(o.at, s);
        } catch (Base &i) {
            s += i.cost() * o.cost();
        }
        s *= o.cost();
    }
    return s;
}
double kinds(double x) {
    double s = 0;
    for (int i = 0; i < 4; i++) try {
            if (i == 1) throw x * x;
            if (i == 2) throw std::vector<double>{x, x * x};
            if (i == 3) throw 7;
            s += x;
        } catch (double d) {
            s += d * d;
        } catch (std::vector<double> &w) {
            w.push_back(w[0] * x);
            s *= w[2] * w[1];
        } catch (int k) {
            s *= k;
        }
    return s;
}
struct R {
    double v;
};
struct A {
    double a;
};
struct B {
    double b;
    virtual ~B() {}
};
struct C : A, B {
    double c;
};
double pointers(double x) {
    R r{x * x};
    double s = 0;
    try {
        if (x > 0) throw &r;
    } catch (R *p) {
        s += p->v * x;
    }
    try {
        if (x > 0) throw new R{x * x * x};
    } catch (const R *p) {
        std::unique_ptr<const R> u(p);
        s += p->v * x;
    }
    return s;
}
double part(double x) {
    C c;
    c.a = x;
    c.b = x * x;
    c.c = 1;
    try {
        if (x > 0) throw &c;
    } catch (B *p) {
        return p->b * x;
    }
    return 0;
}
double leaves(double x) {
    if (x > 0) throw Base({x * x, x}, "out");
    return x;
}
double once(double x) {
    try {
        if (x > 0) throw std::vector<double>{x, x * x};
    } catch (std::vector<double> &w) {
        w.push_back(w[0] * x);
        return w[1] * w[2];
    }
    return x;
}
double first(double x) {
    return __enzyme_autodiff<double>((void *)once, x);
}
int main() {
    check_close("forward over reverse", __enzyme_fwddiff<double>((void *)first, 0.7, 1.0), 12 * 0.49);
    check_close("reverse over reverse", __enzyme_autodiff<double>((void *)first, 0.7), 12 * 0.49);
    CHECK_AT(virt, 0.7);
    CHECK_AT(virt, -0.7);
    CHECK_AT(again, 0.7);
    CHECK_AT(nested, 0.7);
    CHECK_AT(kinds, 0.7);
    CHECK_AT(pointers, 0.7);
    CHECK_AT(part, 0.7);
    try {
        __enzyme_autodiff<double>((void *)leaves, 0.5);
        failures++;
    } catch (const Base &b) {
        check_close("what leaves the derivative", b.cost(), 0.25 * 0.25 + 0.25);
    }
    return report();
}
