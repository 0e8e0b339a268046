// A cast to a class that has no subclasses compares with its table: objects that have another one are not meant. Which
// destructor is meant is known late, but one that destroys what its object owns stays a call.
#include "probe.hpp"
#include <memory>

static double kept[4], far[4];

struct base {
    double c;
    int k;
    base(double c, int k) : c(c), k(k) {}
    virtual ~base() = default;
    virtual double eval(double a) const { return std::atan(a + c); }
};
struct leaf final : base {
    double &ref;
    leaf(double a, int k, double *p) : base(a, k), ref(p[3]) {}
    double eval(double a) const override { return std::tanh(a * c); }
};
struct table final : base {
    std::unique_ptr<base> inner;
    double w;
    table(double a, int k, double *p) : base(a, k), inner(new leaf(a * a, k, p)), w(p[2]) {}
    double eval(double a) const override { return std::exp(-a * c) * inner->eval(w); }
};

static std::unique_ptr<base> make(int k, double a, double *p) {
    if (k % 2) return std::make_unique<table>(a, k, p);
    return std::make_unique<leaf>(a, k, p);
}

double cast(const double *x, int n) {
    for (int i = 0; i < 4; i++) far[i] = x[1] * i;
    double r = x[2];
    std::vector<std::unique_ptr<base>> all;
    for (int i = 0; i < 3; i++) all.push_back(make(n + i, x[0], far));
    for (auto &each : all) {
        if (auto *l = dynamic_cast<leaf *>(each.get())) r += std::sin(l->ref), l->ref *= x[0];
        if (auto *t = dynamic_cast<table *>(each.get())) r *= t->w;
        r += each->eval(r);
    }
    return r + far[3];
}

struct top {
    double t = .25;
    virtual ~top() { t = 0; }
};
struct node : virtual top {
    double c;
    node(double c) : c(c) {}
    virtual ~node() { c = 0; }
    virtual double eval(double a) const = 0;
};
struct end : node {
    const double *w;
    double own;
    end(double a, const double *p) : node(a), w(p), own(p[2]) { t = a; }
    double eval(double a) const override { return std::sin(a * t) * own * w[1]; }
};
struct chain : node {
    std::unique_ptr<node> inner;
    chain(double a, int k, const double *p) : node(a) {
        if (k > 1) inner = std::make_unique<end>(a, p);
        t = a;
    }
    double eval(double a) const override { return std::atan(c * a); }
};

static std::unique_ptr<node> linked(int k, double a, const double *p) {
    if (k % 2) return std::unique_ptr<node>(new chain(a, k, p));
    return std::make_unique<end>(a, p);
}

template <int K> double late(const double *x, int n) {
    int even = K;  // LLVM knows late that it is even, or odd
    for (int i = 0; i < 12; i++) even += even & 1 ? 4 : 2;
    for (int i = 0; i < 4; i++) kept[i] = x[1] * (i + 1);
    node *o = linked((K & 1 ? even | n : even & n), std::cos(x[0]), kept).release();
    double r = o->eval(x[2]);
    delete o;
    return r * kept[1];
}

int main() {
    PROBE(cast, {.5, 1.25, .75});
    PROBE(late<2>, {.5, 1.25, .75});
    PROBE(late<3>, {.5, 1.25, .75});
    return failures != 0;
}
