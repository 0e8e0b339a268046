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

// A cast from a virtual base into an object that lies behind the counts of a `std::shared_ptr`. While
// a base is made, its own virtual base lies elsewhere than in an object of its own.
struct part : virtual top {
    double p, q = 1;
    explicit part(double a) : p(a) {
        top *whole = this;
        dynamic_cast<part *>(whole)->q += t * a;
    }
    double above(double a) const override { return p * a * q; }
};
struct both : left, part {
    double b = 2;
    explicit both(double a) : left(a), part(a * a) { t += a; }
    double above(double a) const override { return left::above(a) + part::above(b); }
};
double shared(const double *x, int n) {
    std::vector<std::shared_ptr<top>> made;
    for (int i = 0; i < n; i++) {
        if (i % 2 == 0) made.push_back(std::make_shared<both>(x[i]));
        else made.push_back(std::make_shared<part>(x[i]));
    }
    std::weak_ptr<top> last = made.back();
    double s = last.lock()->above(x[0]);
    for (auto &each : made)
        if (auto found = std::dynamic_pointer_cast<part>(each)) {
            found->q *= x[1];
            s += each->above(x[1]) * found->t;
        }
    return s;
}

int main() {
    PROBE(diamond, {.7, .65, .3});
    PROBE(shared, {.7, .65, .3});
    return failures != 0;
}
