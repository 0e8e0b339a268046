// The markers of C as templates: functions of all kinds, words, structs by value.
#include "check.hpp"
#include <cmath>
#include <functional>
#include <vector>
#include <string>
double __enzyme_autodiff(void*, ...);

double sq(double x) {
    return x*x;
}
float sqf(float x) {
    return x*x*x;
}
struct P {
    double a, b;
};
double dotp(P p, const P& q) {
    return p.a*q.a + p.b*q.b;
}
double refs(double& x, const double& y) {
    x *= y;
    return x;
}
double stdfn(const std::function<double(double)>& f, double x) {
    return f(f(x));
}
double over(double x) {
    return 2*x;
}
double over(double x, double y) {
    return x*y;
}
template<class T, int N> T powt(T x) {
    T r = 1;
    for (int i=0;i<N;i++) r*=x;
    return r;
}
struct Model {
    double w, b;
    double eval(double x) const {
        return w*x+b;
    }
    static double loss(const Model* m, const std::vector<double>* xs) {
        double s=0;
        for (double x : *xs) {
            double d=m->eval(x)-3*x;
            s+=d*d;
        }
        return s;
    }
    Model grad(const std::vector<double>& xs) const {
        Model g{0,0};
        __enzyme_autodiff<void>((void*)loss, enzyme_dup, this, &g, enzyme_const, &xs);
        return g;
    }
};
template<class F> struct Diff {
    static double at(F f, double x) {
        auto g = +[](const F* f, double x) {
            return (*f)(x);
        };
        return __enzyme_autodiff<double>((void*)g, enzyme_const, (void*)&f, enzyme_out, x);
    }
};
struct G2 {
    double a, b;
};
struct PT {
    double p, t;
};
double exprs(double x, double y) {
    return x*x*y;
}
extern int enzyme_primal_return;
int main() {
    check_close("var", __enzyme_autodiff((void*)sq, 3.0), 6);
    check_close("tmpl", __enzyme_autodiff<double>((void*)sq, 3.0), 6);
    check_close("float", __enzyme_autodiff<float>((void*)sqf, 2.0f), 12);
    {
        P p{1,2}, q{3,4}, dq{0,0};
        P g = __enzyme_autodiff<P>((void*)dotp, enzyme_out, p, enzyme_dup, &q, &dq);
        check_close("P.a", g.a, 3);
        check_close("P.b", g.b, 4);
        check_close("q", dq.a+dq.b, 3);
    }
    {
        double x=2, dx=0, y=3, dy=0;
        __enzyme_autodiff<void>((void*)refs, enzyme_dup, &x, &dx, enzyme_dup, &y, &dy);
        check_close("refs", dx, 3);
        check_close("refs y", dy, 2);
    }
    {
        double k=2;
        std::function<double(double)> f = [k](double x){
            return k*x*x;
        };
        check_close("stdfn", __enzyme_autodiff<double>((void*)stdfn, enzyme_const, &f, 1.5), 2*2*2*2*2*1.5*1.5*1.5);
    }
    check_close("over", __enzyme_autodiff<double>((void*)(double(*)(double))over, 3.0), 2);
    {
        G2 g = __enzyme_autodiff<G2>((void*)(double(*)(double,double))over, 3.0, 4.0);
        check_close("over2", g.a*10+g.b, 43);
    }
    check_close("powt", __enzyme_autodiff<double>((void*)powt<double,4>, 2.0), 32);
    {
        Model m{1,0};
        Model g = m.grad({1,2});
        check_close("w", g.w, -20);
        check_close("b", g.b, -12);
    }
    check_close("Diff", Diff<double(*)(double)>::at(sq, 4), 8);
    {
        double k = 3;
        auto l = [k](double x) {
            return std::sin(k*x);
        };
        check_close("DiffL", Diff<decltype(l)>::at(l, 0.5), 3*std::cos(1.5));
    }
    {
        PT r = __enzyme_fwddiff<PT>((void*)exprs, enzyme_primal_return, enzyme_dup, 2.0, 1.0, enzyme_const, 3.0);
        check_close("pt", r.p*100+r.t, 1212);
    }
    auto lam = [](double x, double y) {
        return x*std::exp(y);
    };
    check_close("lam", __enzyme_fwddiff<double>((void*)+lam, enzyme_dup, 2.0, 1.0, enzyme_dup, 0.5, 1.0), 3*std::exp(0.5));
    for (auto f : {sq, static_cast<double(*)(double)>(over)}) {
        (void)f;
    }
    return report();
}
