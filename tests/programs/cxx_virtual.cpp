// Virtual functions: single, multiple and virtual inheritance, casts, shadows of objects, members by pointer.
#include "check.hpp"
#include <vector>
#include <memory>
#include <typeinfo>
struct Layer {
    virtual ~Layer() {}
    virtual double apply(double x) const = 0;
    virtual int kind() const {
        return 0;
    }
};
struct Scale : Layer {
    double k;
    Scale(double k):k(k){}
    double apply(double x) const override {
        return k*x;
    }
    int kind() const override {
        return 1;
    }
};
struct Sq : Layer {
    double apply(double x) const override {
        return x*x;
    }
};
struct Named {
    virtual ~Named(){}
    virtual double name(double x) {
        return x + 1;
    }
    double tag = 3;
};
struct Both : Scale, Named {
    Both(double k):Scale(k){}
    double name(double x) override {
        return x*k*tag;
    }
    double apply(double x) const override {
        return Scale::apply(x) + std::sin(x);
    }
};
struct VB {
    double base;
    VB(double b):base(b){}
    virtual ~VB(){}
    virtual double f(double x) {
        return base*x;
    }
};
struct L : virtual VB {
    L(double b):VB(b){}
    double l=2;
    double f(double x) override {
        return base*x*l;
    }
};
struct R : virtual VB {
    R(double b):VB(b){}
    double r=3;
    virtual double g(double x) {
        return base*r*x;
    }
};
struct D : L, R {
    D(double b):VB(b),L(b),R(b){}
    double g(double x) override {
        return base*base*x*r*l;
    }
};
__attribute__((noinline)) double call(const Layer& l, double x) {
    return l.apply(x);
}
double v1(double x) {
    std::vector<std::unique_ptr<Layer>> v;
    v.emplace_back(new Scale(x));
    v.emplace_back(new Sq);
    v.emplace_back(new Both(2*x));
    double s=x;
    for(auto&l:v) s=l->apply(s);
    return s;
}
double v2(double x) {
    Both b(x);
    Named* n=&b;
    Layer* l=&b;
    return n->name(x)*call(*l,x);
}
double v3(double x) {
    std::unique_ptr<VB> p(new D(x));
    double s = p->f(x);
    if (auto* r = dynamic_cast<R*>(p.get())) s += r->g(x);
    return s;
}
double v4(double x) {
    std::unique_ptr<Layer> p;
    if (x>0) p.reset(new Both(x));
    else p.reset(new Sq);
    Named* n = dynamic_cast<Named*>(p.get());
    double s = n ? n->name(x) : 0;
    if (typeid(*p)==typeid(Both)) s *= 2;
    Scale* sc = dynamic_cast<Scale*>(p.get());
    if (sc) s += sc->k;
    return s + p->kind();
}
// object passed from outside with shadow
double v5(const Layer* l, double x) {
    return l->apply(x);
}
double v6(VB& d, double x) {
    return d.f(x);
}
double v7(const std::vector<std::unique_ptr<Layer>>& v, double x) {
    for (auto& l : v) x = l->apply(x);
    return x;
}
typedef double (Scale::*Mem)(double) const;
double v8(double x) {
    Scale s(x);
    Mem m = x > 100 ? (Mem)nullptr : &Scale::apply;
    double Scale::*pm = &Scale::k;
    return (s.*m)(x) * s.*pm;
}
int main() {
    CHECK_AT(v1, 0.7);
    CHECK_AT(v2, 0.6);
    CHECK_AT(v3, 0.8);
    CHECK_AT(v4, 0.9);
    CHECK_AT(v4, -0.9);
    CHECK_AT(v8, 1.3);
    {
        Scale s(3), ds(0);
        double g = __enzyme_autodiff<double>((void*)v5, enzyme_dup, (const Layer*)&s, (const Layer*)&ds, 2.0);
        check_close("v5 x", g, 3);
        check_close("v5 k", ds.k, 2);
    }
    {
        Scale s(3);
        double raw[2]={0,0};
        double g = __enzyme_autodiff<double>((void*)v5, enzyme_dup, (const Layer*)&s, (const Layer*)raw, 2.0);
        check_close("v5 raw x", g, 3);
        check_close("v5 raw k", raw[1], 2);
    }
    {
        Both s(3), ds(0);
        ds.tag = 0;
        double g = __enzyme_autodiff<double>((void*)v5, enzyme_dup, (const Layer*)&s, (const Layer*)&ds, 2.0);
        check_close("v5b x", g, 3+std::cos(2));
        check_close("v5b k", ds.k, 2);
    }
    {
        D s(3), ds(0);
        ds.l=0;
        ds.r=0;
        double g = __enzyme_autodiff<double>((void*)v6, enzyme_dup, (VB*)&s, (VB*)&ds, 2.0);
        check_close("v6 x", g, 6);
        check_close("v6 k", ds.base, 4);
        check_close("v6 l", ds.l, 6);
    }
    {
        std::vector<std::unique_ptr<Layer>> v, dv;
        v.emplace_back(new Scale(2));
        dv.emplace_back(new Scale(0));
        v.emplace_back(new Sq);
        dv.emplace_back(new Sq);
        v.emplace_back(new Both(5));
        dv.emplace_back(new Both(0));
        double g = __enzyme_autodiff<double>((void*)v7, enzyme_dup, &v, &dv, 0.5);
        double y=1;
        check_close("v7 x", g, (5+std::cos(1.0))*2*1*2);
        check_close("v7 k2", static_cast<Both&>(*dv[2]).k, 1);
        check_close("v7 k0", static_cast<Scale&>(*dv[0]).k, (5+std::cos(1.0))*2*0.5);
        double g2 = __enzyme_autodiff<double>((void*)v7, enzyme_const, &v, 0.5);
        check_close("v7 const", g2, g);
        double t2 = __enzyme_fwddiff<double>((void*)v7, enzyme_const, &v, 0.5, 1.0);
        check_close("v7 const fwd", t2, g);
    }
    return report();
}
