// LLVM knows the tables of virtual functions of objects that it has just seen made: they are chosen where the objects
// are. A function that is reached by different places of tables, as destructors are, knows one of them. A cast from a base
// to a class leads to objects of that class only.
#include "probe.hpp"
#include <memory>

static double kept[4];

struct mixin {
    double m = .75;
    virtual ~mixin() = default;
    virtual double mix(double a) const { return std::sin(m * a); }
};
struct base {
    double c;
    int k;
    base(double c, int k) : c(c), k(k) {}
    virtual ~base() = default;
    virtual double eval(double a) const { return std::atan(a + c); }
};
struct leaf : mixin, base {
    const double *w;
    double own;
    leaf(double a, int k, const double *p) : base(a, k), w(p), own(p[2]) { m = std::sin(a); }
    ~leaf() override { c = 0; }
    double eval(double a) const override { return std::tanh(own + a * w[1]); }
};
struct chain : base {
    std::unique_ptr<base> inner;
    chain(double a, int k, const double *p) : base(a, k) {
        if (k > 1) inner = std::make_unique<leaf>(a, k - 2, p);
    }
    double eval(double a) const override { return (inner ? inner->eval(.25) : .5) * a; }
};

static std::unique_ptr<base> make(int k, double a, const double *p) {
    if (k % 2) return std::unique_ptr<base>(new chain(a, k, p));
    return std::make_unique<leaf>(a, k, p);
}

template <int K> double f(const double *x, int n) {
    for (int i = 0; i < 4; i++) kept[i] = x[1] * i;
    double r = x[2];
    {
        std::shared_ptr<base> o = make(K + (x[0] > 9), x[0], kept);
        if (auto *d = dynamic_cast<mixin *>(o.get())) r += d->mix(x[0]);
        std::weak_ptr<base> weak = o;
        o.reset();
        if (auto locked = weak.lock()) r += locked->eval(1.25);
        r += make(K + n, x[2], kept)->eval(r);
    }
    return r + kept[1];
}

struct shape {
    float c;
    int k;
    shape(float c, int k) : c(c), k(k) {}
    virtual ~shape() = default;
    virtual float eval(float a) const { return a * c; }
};
struct table : shape {
    std::vector<float> w;
    table(float a, int k, const float *p) : shape(a, k) {
        for (int i = 0; i < 4; i++) w.push_back(a * p[i]);
    }
    float eval(float a) const override { return std::sin(a * w[k & 3]); }
};
struct nested : shape {
    std::shared_ptr<shape> inner;
    nested(float a, int k, const float *p) : shape(a, k) {
        if (k > 1) inner = std::make_shared<table>(a, k - 2, p);
    }
    float eval(float a) const override { return inner ? inner->eval(a) : a; }
};

static std::unique_ptr<shape> shaped(int k, float a, const float *p) {
    if (k % 2) return std::make_unique<nested>(a, k, p);
    return std::make_unique<table>(a, k, p);
}

template <int K> double cast(const double *x, int n) {
    const float a = x[0], p[4] = {a, (float)x[1], a * a, (float)x[2]};
    std::shared_ptr<shape> o = shaped(n + K, x[1], p);
    float r = 0;
    if (auto *d = dynamic_cast<table *>(o.get())) r += std::sin(d->w[2]);
    return r + o->eval(x[2]);
}

int main() {
    float u = .5f, v = 1.25f, w = .75f;
    double d[3] = {}, x[3] = {u, v, w};
    __enzyme_autodiff<void>((void *)cast<0>, enzyme_dup, x, d, enzyme_const, 3);
    double e = std::cos(w * v * v);
    compare("cast<0>", "gradient", 0, d[0], 0);
    compare("cast<0>", "gradient", 1, d[1], e * 2 * w * v);
    compare("cast<0>", "gradient", 2, d[2], e * v * v);
    d[0] = d[1] = d[2] = 0;
    __enzyme_autodiff<void>((void *)cast<1>, enzyme_dup, x, d, enzyme_const, 3);
    e = std::cos(w * v * u);
    double g = std::cos(v * u * u);
    compare("cast<1>", "gradient", 0, d[0], e * w * v + 2 * g * v * u);
    compare("cast<1>", "gradient", 1, d[1], e * w * u + g * u * u);
    compare("cast<1>", "gradient", 2, d[2], e * u * v);
    PROBE(f<2>, {.5, 1.25, .75});
    PROBE(f<3>, {.5, 1.25, .75});
    return failures != 0;
}
