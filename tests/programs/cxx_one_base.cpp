// Classes of one base that keep different things in the same place: numbers, pointers to numbers, closures, children.
// Where it is known which virtual function is called, only objects of classes that have it are looked at.
#include "probe.hpp"
#include <functional>
#include <memory>

struct base {
    double c;
    explicit base(double c) : c(c) {}
    virtual ~base() = default;
    virtual double eval(double a) const = 0;
};
struct leaf : base {
    std::vector<double> w;
    explicit leaf(double a) : base(a) {
        for (int i = 0; i < 4; i++) w.push_back(a * i);
    }
    double eval(double a) const override { return w[1] * a + w[3]; }
};
struct closed : base {
    std::function<double(double)> g;
    explicit closed(double a) : base(a) {
        g = [a](double x) { return a * x * x; };
    }
    double eval(double a) const override { return g(a) * c; }
};
struct plain : base {
    double k, l;
    explicit plain(double a) : base(a), k(a * a), l(a + 1) {}
    double eval(double a) const override { return k * a - l; }
};
struct outer : base {
    std::unique_ptr<base> inner;
    explicit outer(double a) : base(a), inner(std::make_unique<leaf>(a * a)) {}
    double eval(double a) const override { return std::sin(inner->eval(c)) * a; }
};
double owned_child(const double *x, int) {
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        std::unique_ptr<base> p;
        if (k == 0) p = std::make_unique<leaf>(x[0]);
        if (k == 1) p = std::make_unique<outer>(x[1]);
        if (k == 2) p = std::make_unique<plain>(x[0]);
        sum += p->eval(x[1] + k);
    }
    return sum;
}

struct many : base {
    std::vector<std::unique_ptr<base>> inner;
    many(double a, int k) : base(a) {
        inner.push_back(std::make_unique<leaf>(a * a));
        inner.push_back(std::make_unique<closed>(a + 1));
        inner.emplace_back(new plain(a));
        if (k > 0) inner.push_back(std::make_unique<many>(a, k - 1));
    }
    double eval(double a) const override {
        double s = 0;
        for (auto &i : inner) s += std::sin(i->eval(c)) * a;
        return s;
    }
};
double tree_of_all(const double *x, int) {
    std::vector<std::shared_ptr<base>> all{std::make_shared<closed>(x[0]), std::make_shared<many>(x[1], 2)};
    return all[0]->eval(x[1]) + all[1]->eval(2 * x[0]);
}

// A virtual function that calls itself, differentiated twice: the second derivative calls what the first has made.
void slope(const double *x, double *dx) {
    __enzyme_autodiff<void>((void *)owned_child, enzyme_dup, x, dx, enzyme_const, 2);
}
void second_derivatives() {
    const double x[] = {.4, .3}, h = 1e-5;
    for (int i = 0; i < 2; i++) {
        double v[2] = {0, 0}, dx[2] = {0, 0}, ddx[2] = {0, 0};
        v[i] = 1;
        __enzyme_fwddiff<void>((void *)slope, enzyme_dup, x, v, enzyme_dup, dx, ddx);
        double a[] = {x[0], x[1]}, b[] = {x[0], x[1]}, da[2] = {0, 0}, db[2] = {0, 0};
        a[i] += h, b[i] -= h;
        slope(a, da), slope(b, db);
        for (int j = 0; j < 2; j++) compare("owned_child", "second", 2 * i + j, ddx[j], (da[j] - db[j]) / (2 * h));
    }
}

int main() {
    PROBE(owned_child, {.7, .4});
    PROBE(tree_of_all, {.4, .3});
    second_derivatives();
    return failures != 0;
}
