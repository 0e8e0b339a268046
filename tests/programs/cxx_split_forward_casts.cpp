// Split forward mode through dynamic_cast: local objects lie elsewhere in the second half, as far from their parts.
#include "check.hpp"
#include <memory>
#include <typeinfo>

extern int enzyme_dup_return;
struct first {
    void *tape;
    double result;
};
extern first __enzyme_augmentfwd_first(void *, ...);
extern double __enzyme_fwdsplit(void *, ...);

struct top {
    double t;
    top(double t) : t(t) {}
    virtual ~top() {}
    virtual double eval(double a) const { return a * t; }
};
struct side {
    double s;
    side(double s) : s(s) {}
    virtual ~side() {}
    virtual void step(double &a) { a += s; }
};
struct both : top, side {
    double own;
    both(double a) : top(std::sin(a)), side(std::cos(a)), own(a * a) {}
    double eval(double a) const override { return a * own * t; }
    void step(double &a) override { a *= s * own; }
};
struct shared : virtual top {
    double own;
    shared(double a) : top(a * 3), own(a) {}
};
struct diamond : shared, virtual top, side {
    diamond(double a) : top(a * a), shared(a), side(a * a * a) {}
};

static double of_local(double a, int k) {
    both b(a);
    side other(a);
    side *p = k ? &b : &other;
    double r = a;
    p->step(r);
    if (both *d = dynamic_cast<both *>(p)) r += d->own * 3 + d->t;
    if (top *d = dynamic_cast<top *>(p)) r *= d->eval(a);
    return r;
}
static double of_heap(double a, int k) {
    std::unique_ptr<side> p = k ? std::unique_ptr<side>(new both(a)) : std::make_unique<side>(a * 5);
    double r = 1;
    p->step(r);
    if (auto *d = dynamic_cast<both *>(p.get())) d->own *= a, d->step(r);
    return r * p->s;
}
static double of_virtual_base(double a, int k) {
    diamond d(a);
    shared s(a * 2);
    top *p = k ? static_cast<top *>(&d) : &s;
    double r = p->eval(a);
    if (auto *q = dynamic_cast<shared *>(p)) r *= q->own;
    if (auto *q = dynamic_cast<side *>(p)) q->step(r), r *= q->s;
    return r + static_cast<double *>(dynamic_cast<void *>(p) == &d ? &d.s : &s.own)[0];
}
static double of_reference(double a, int k) {
    both b(a);
    side other(a * 2);
    side &p = k ? b : other;
    double r = a;
    p.step(r);
    try {
        r += dynamic_cast<both &>(p).own * a;
    } catch (const std::bad_cast &) {
        r *= a;
    }
    return r;
}
#define TRY(f)                                                                                                 \
    for (int k = 0; k < 2; k++) {                                                                              \
        double x = 0.7;                                                                                        \
        first a = __enzyme_augmentfwd_first((void *)f, enzyme_dup_return, enzyme_dup, x, 1.0, k);              \
        check_close(#f, a.result, f(x, k), 1e-12);                                                             \
        double tangent = __enzyme_fwdsplit((void *)f, enzyme_dup, x, 1.0, k, a.tape);                          \
        check_close(#f " fwdsplit", tangent, slope([k](double v) { return f(v, k); }, x));                     \
    }
int main() {
    TRY(of_local)
    TRY(of_heap)
    TRY(of_virtual_base)
    TRY(of_reference)
    return report();
}
