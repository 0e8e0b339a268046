// Two bases that share a virtual one: where a dynamic_cast leads from one to the other is told as of any others. A
// child that one class owns is not mixed up with numbers that another one points to.
#include "probe.hpp"
#include <algorithm>
#include <memory>

struct top {
    double t = .25;
    virtual ~top() { t = 0; }
};
struct beside : virtual top {
    double m = .75;
    double mix(double a) const { return std::tanh(m * a); }
};
struct base : virtual top {
    double c;
    explicit base(double a) : c(a) {}
    virtual double eval(double a) const = 0;
};
struct keeps : base, beside {
    const double *w;
    explicit keeps(const double *x) : base(x[0]), w(x) { m = x[1]; }
    double eval(double a) const override { return w[0] * a; }
};
struct owns : base, beside {
    std::unique_ptr<base> inner;
    explicit owns(double a) : base(a) {
        if (a > .5) inner = std::make_unique<owns>(a * a);
    }
    double eval(double a) const override { return inner ? inner->eval(a) * c : c * t; }
};
__attribute__((noinline)) std::unique_ptr<base> make_keeps(const double *x) { return std::make_unique<keeps>(x); }
__attribute__((noinline)) std::unique_ptr<base> make_owns(double a) { return std::make_unique<owns>(a); }

// A class of which there is no object.
namespace {
struct absent {
    double m = .5;
    virtual ~absent() = default;
    virtual double mix(double a) const { return m * a; }
};
}
double across(const double *x, int n) {
    double s = 0, kept[3];
    std::copy_n(x, 3, kept);
    for (int i = 0; i < n; i++) {
        std::unique_ptr<base> p = i & 1 ? make_keeps(kept) : make_owns(x[i]);
        if (auto *d = dynamic_cast<beside *>(p.get())) d->m *= x[i], s += d->mix(x[0]);
        if (auto *d = dynamic_cast<absent *>(p.get())) s *= d->mix(s), d->m = s;
        s += p->eval(x[n - 1]);
    }
    return s;
}

int main() {
    PROBE(across, {.7, .65, .3});
    return failures != 0;
}
