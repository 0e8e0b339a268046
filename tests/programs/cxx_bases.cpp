// Several bases: where a dynamic_cast leads is told by the tables of the objects made here. Other parts of an object
// (children, counters) are not mixed up with it. Objects from outside may be anything.
#include "probe.hpp"
#include <memory>

struct top {
    double t = .25;
    virtual ~top() { t = 0; }
    virtual double above(double a) const { return std::sin(t * a); }
};
struct mixin {
    double m = .75;
    virtual ~mixin() = default;
    virtual double mix(double a) const { return std::tanh(m * a); }
};
struct base : top {
    double c;
    int k;
    base(double c, int k) : c(c), k(k) {}
    virtual double eval(double a, int j) const { return std::cos(c * a + j); }
};
struct parent : base {
    std::shared_ptr<base> inner;
    parent(double a, int k) : base(a, k) {
        if (k > 0) inner = std::make_shared<base>(a * a, k - 1);
    }
    double eval(double a, int j) const override { return inner ? inner->eval(a, k) * c : c; }
};
struct both : mixin, base {
    std::shared_ptr<base> inner;
    both(double a, int k) : base(a, k) {
        m = std::sin(a), t = a;
        if (k > 0) inner = std::make_shared<parent>(a, k - 1);
    }
    double eval(double a, int j) const override { return inner->eval(above(a), j & k) + mix(c); }
};
std::shared_ptr<base> make(int kind, double a) {
    if (kind == 0) return std::make_shared<parent>(a, 2);
    return std::unique_ptr<base>(new both(a, 2));
}
double sideways(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        auto p = make(i & 1, x[i]);
        std::weak_ptr<base> weak = p;
        if (auto *d = dynamic_cast<mixin *>(p.get())) s += d->mix(x[0]), d->m = s;
        if (auto l = weak.lock()) s += l->eval(x[n - 1], i);
    }
    return s;
}

// An object that comes from outside: nothing is known of its table.
double given(both *p, double a) {
    base *b = p;
    if (auto *d = dynamic_cast<mixin *>(b)) d->m *= std::sin(a);
    return p->m * p->c;
}
void objects_from_outside() {
    both p(.5, 0), d(0, 0);
    d.m = d.t = d.c = 0;
    p.m = 2;
    const double da = __enzyme_autodiff<double>((void *)given, enzyme_dup, &p, &d, .7);
    compare("given", "a", 0, da, 2 * std::cos(.7) * .5);
    compare("given", "m", 0, d.m, std::sin(.7) * .5);
    compare("given", "c", 0, d.c, 2 * std::sin(.7));
}

int main() {
    PROBE(sideways, {.4, .7, .3});
    objects_from_outside();
    return failures != 0;
}
