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

// A dynamic_cast from a virtual base to another base of the object, also while that is constructed or copied: there, the
// virtual base lies elsewhere than in an object of the class that is constructed.
struct named {
    const char *name = "named";
    virtual ~named() = default;
    virtual int tag() const { return 1; }
};
struct item {
    double scale = 1;
    virtual ~item() = default;
    virtual std::unique_ptr<item> copy() const = 0;
    virtual double at(double a) const = 0;
};
double marked(item *one, double a) {
    if (auto *other = dynamic_cast<named *>(one)) return one->scale * a * other->tag();
    return one->scale * a;
}
struct moved : virtual item, named {
    double by, made;
    explicit moved(double a) : by(a * a) { made = marked(this, a); }
    std::unique_ptr<item> copy() const override { return std::make_unique<moved>(*this); }
    double at(double a) const override { return by + scale * a * made; }
};
struct several : moved {
    std::vector<std::unique_ptr<item>> items;
    explicit several(double a) : moved(a) {}
    several(const several &other) : item(other), moved(other) {
        for (auto &one : other.items) items.push_back(one->copy());
    }
    int tag() const override { return 3; }
    std::unique_ptr<item> copy() const override { return std::unique_ptr<item>(new several(*this)); }
    double at(double a) const override {
        double sum = made;
        for (auto &one : items) sum += one->at(a) * marked(one.get(), by);
        return sum * scale;
    }
};
double across(const double *x, int n) {
    several all(x[0]);
    for (int i = 0; i < n; i++) all.items.push_back(std::make_unique<moved>(x[i] * x[0]));
    all.scale = x[1];
    auto other = std::make_unique<several>(x[2]);
    other->items.push_back(all.copy());
    other->items.push_back(other->copy());
    return other->at(x[1]) * all.at(x[0]);
}

int main() {
    PROBE(across, {.7, .65, .3});
    PROBE(diamond, {.7, .65, .3});
    return failures != 0;
}
