// Virtual bases: how far one lies is told by the tables of the objects made here. Other parts of an object
// (children, counters) are not mixed up with it.
#include "probe.hpp"
#include <memory>

struct top {
    double t = .25;
    virtual ~top() { t = 0; }
    virtual double above(double a) const { return std::sin(t * a); }
};
struct left : virtual top {
    double l;
    explicit left(double a) : l(a * a) {}
    double above(double a) const override { return l * a + t; }
};
struct right : virtual top {
    int count = 3;
    std::unique_ptr<top> child;
    explicit right(double a) {
        t = a;
        if (a > .6) child = std::make_unique<left>(a);
    }
    double above(double a) const override { return child ? child->above(t) * count : t * a; }
};
struct bottom : left, right {
    double b;
    explicit bottom(double a) : left(a), right(a), b(a) {}
    double above(double a) const override { return left::above(a) + right::above(b); }
};
double diamond(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        std::unique_ptr<top> p;
        if (i == 0) p = std::make_unique<bottom>(x[i]);
        else if (i == 1) p = std::make_unique<right>(x[i]);
        else p = std::make_unique<left>(x[i]);
        s += p->above(x[n - 1]) + p->t;
    }
    return s;
}

int main() {
    PROBE(diamond, {.7, .65, .3});
    return failures != 0;
}
