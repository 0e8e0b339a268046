// <enzyme/enzyme> with objects: parameters in structs, vectors in place, arrays, std::function, nested captures.
#include "check.hpp"
#include <enzyme/enzyme>
#include <cstdio>
#include <cmath>
#include <vector>
#include <stdexcept>
#include <array>
#include <functional>
#include <memory>
using namespace enzyme;
 
double rate = 3, squared;
struct {
    double w[2];
    int n;
} weights = {{1, 2}, 5};
double priced(double x) {
    return rate * rate * x + weights.w[1] * x;
}
void squares() {
    squared = rate * rate;
}
double by_rate(double x) {
    context own;
    autodiff<Reverse>(own, priced, Active<double>{x});
    return shadow(own, rate);
}

struct Params {
    double a, b;
    std::vector<double> c;
};
double model(const Params& p, double x) {
    double s = p.a * x + p.b;
    for (double c : p.c) s += c * x * x;
    return s;
}
double may_throw(double x, const std::vector<double>& v) {
    double s = 0;
    for (int i = 0; i < 5; i++) s += v.at(i) * x;
    return s;
}
void inplace(std::vector<double>& v) {
    for (auto& e : v) e = e * e;
}
double many(double a, float b, double c, int n, float d) {
    return a * b + c * n * d;
}
std::array<double, 2> pair(double x) {
    return {x * x, 3 * x};
}
double usefn(const std::function<double(double)>& f, double x) {
    return f(x) * x;
}
template <class T> struct Cls {
    T k;
    T method(T x) const {
        return k * x * x;
    }
};
struct Spring {
    double k;
    explicit Spring(double k) : k(k) {}
    virtual ~Spring() = default;
    double energy(double x) const { return k * x * x; }
    virtual double force(double x) const { return k * x; }
};
struct Stiff : Spring {
    using Spring::Spring;
    double force(double x) const override { return k * x * x * x; }
};

static void members() {
    Spring s(2), ds(0);
    Stiff t(3);
    auto r = get<0>(autodiff<Reverse>(&Spring::energy, Duplicated<const Spring &>{s, ds}, Active{3.0}));
    check_close("member by its argument", get<1>(r), 12);
    check_close("member by its object", ds.k, 9);
    auto virtually = get<0>(autodiff<Reverse>(&Spring::force, Const<Spring *>{&t}, Active{2.0}));
    check_close("virtual member", get<1>(virtually), 36);
    auto wrapped = autodiff<Forward>(&Spring::force, Const<std::reference_wrapper<Spring>>{s}, Duplicated{2.0, 1.0});
    check_close("by a reference_wrapper", get<0>(wrapped), 2);
    auto shared = std::make_shared<Spring>(5);
    auto owned = autodiff<Reverse>(&Spring::energy, Const<std::shared_ptr<Spring>>{shared}, Active{1.0});
    check_close("by a shared_ptr", get<1>(get<0>(owned)), 10);
    autodiff<Reverse>(&Spring::k, Duplicated<const Spring &>{s, ds});
    check_close("data member", ds.k, 10);
    check_close("called", primal_call(&Spring::energy, Const<Spring &>{s}, Active{3.0}), 18);
}

int main() {
    members();
    {
        Params p{1, 2, {3, 4}}, d{0, 0, {0, 0}};
        auto r = autodiff<Reverse>(model, Duplicated<const Params&>{p, d}, Active{2.0});
        check_close("a", d.a, 2);
        check_close("b", d.b, 1);
        check_close("c", d.c[1], 4);
        check_close("x", get<1>(get<0>(r)), 1 + 7 * 4);
    }
    {
        std::vector<double> v(3, 1.0), dv(3);
        int c = 0;
        for (int i = 0; i < 3; i++) try {
            autodiff<Reverse>(may_throw, Active{1.0}, Duplicated<const std::vector<double>&>{v, dv});
        } catch (std::out_of_range&) {
            c++;
        }
        check_close("c", c, 3);
    }
    {
        std::vector<double> v{1, 2, 3}, dv{1, 1, 1};
        autodiff<Reverse>(inplace, Duplicated<std::vector<double>&>{v, dv});
        check_close("inplace", dv[2], 6);
        check_close("primal", v[2], 9);
    }
    {
        auto r = get<0>(autodiff<Reverse>(many, Active{1.0}, Active{2.0f}, Const<double>{3.0}, Const<int>{4}, Active{5.0f}));
        check_close("m0", get<0>(r), 2);
        check_close("m1", get<1>(r), 1);
        check_close("m4", get<4>(r), 12);
    }
    {
        auto r = autodiff<Forward, Duplicated<std::array<double, 2>>>(pair, Duplicated{2.0, 1.0});
        check_close("arr", get<1>(r)[0] * 10 + get<1>(r)[1], 43);
    }
    {
        std::function<double(double)> f = [](double x) {
            return std::exp(x);
        };
        check_close("fn", get<1>(get<0>(autodiff<Reverse>(usefn, Const<const std::function<double(double)>&>{f}, Active{0.5}))), std::exp(0.5) * 1.5);
    }
    {
        std::function<double(double)> f = [](double x) {
            return std::exp(x);
        };
        check_close("fn obj", get<0>(get<0>(autodiff<Reverse>(f, Active{0.5}))), std::exp(0.5));
    }
    {
        Cls<double> c{3};
        auto m = [&](double x) {
            return c.method(x);
        };
        check_close("method", get<0>(get<0>(autodiff<Reverse>(m, Active{2.0}))), 12);
    }
    {
        double x[3] = {1, 2, 3}, dx[3] = {};
        auto f = [](double* p, int n) {
            double s = 0;
            for (int i = 0; i < n; i++) s += p[i] * p[i];
            return s;
        };
        autodiff<Reverse>(f, Duplicated<double*>{x, dx}, Const<int>{3});
        check_close("ptr", dx[2], 6);
    }
    {
        auto hv = [](double x, double y) {
            auto g = [y](double t) {
                return t * t * t * y;
            };
            return get<0>(get<0>(autodiff<Reverse>(g, Active{x})));
        };
        auto r = get<0>(autodiff<Reverse>(hv, Active{2.0}, Active{3.0}));
        check_close("nest x", get<0>(r), 36);
        check_close("nest y", get<1>(r), 12);
    }
    {
        auto f = [](double x) {
            return x * x;
        };
        double s = 0;
        for (double x : {1.0, 2.0, 3.0}) s += get<0>(autodiff<Forward>(f, Duplicated<double>{x, 1.0}));
        check_close("loop", s, 12);
    }
    {
        context a, b, c;
        shadow(a, rate) = 1;
        check_close("context", get<0>(autodiff<Forward>(a, priced, Duplicated<double>{2, 0})), 12);
        for (int i = 0; i < 2; i++) autodiff<Reverse>(b, priced, Active<double>{2});
        check_close("added twice", shadow(b, rate), 24);
        check_close("a part", shadow(b, weights.w[1]), 4);
        check_close("another context", shadow(a, rate), 1);
        b.zero();
        check_close("zeroed", shadow(b, rate), 0);
        check_close("an integer", shadow(b, weights.n), 5);
        check_close("one of the function's own", by_rate(2), 12);
        shadow(c, rate) = 0.5;
        autodiff<Forward>(c, squares);
        check_close("no arguments", shadow(c, squared), 3);
    }
    return report();
}
