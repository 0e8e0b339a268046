// What C++ programs are made of: expression trees, visitors, variants, observers of state, integrators.
#include "check.hpp"
#include <memory>
#include <vector>
#include <variant>
#include <optional>
#include <array>
#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
struct Expr {
    virtual ~Expr() = default;
    virtual double eval(double x) const = 0;
};
using EP = std::unique_ptr<Expr>;
struct Var : Expr {
    double eval(double x) const override {
        return x;
    }
};
struct Cst : Expr {
    double v;
    Cst(double v):v(v){}
    double eval(double) const override {
        return v;
    }
};
struct Add : Expr {
    EP a,b;
    Add(EP a, EP b):a(std::move(a)),b(std::move(b)){}
    double eval(double x) const override {
        return a->eval(x)+b->eval(x);
    }
};
struct Mul : Expr {
    EP a,b;
    Mul(EP a, EP b):a(std::move(a)),b(std::move(b)){}
    double eval(double x) const override {
        return a->eval(x)*b->eval(x);
    }
};
struct Sin : Expr {
    EP a;
    Sin(EP a):a(std::move(a)){}
    double eval(double x) const override {
        return std::sin(a->eval(x));
    }
};
EP build(double k) {
    EP e = std::make_unique<Mul>(std::make_unique<Var>(), std::make_unique<Sin>(std::make_unique<Add>(std::make_unique<Var>(), std::make_unique<Cst>(k))));
    return e;
}
double q1(double x) {
    EP e = build(x * x);
    return e->eval(x);
}
double q2(const Expr* e, double x) {
    return e->eval(x);
}
struct Circle {
    double r;
};
struct Rect {
    double w, h;
};
using Shape = std::variant<Circle, Rect>;
struct Area {
    double operator()(const Circle& c) const {
        return 3 * c.r * c.r;
    }
    double operator()(const Rect& r) const {
        return r.w * r.h;
    }
};
double q3(double x) {
    std::vector<Shape> s{Circle{x}, Rect{x, 2 * x}, Circle{x * x}};
    double t = 0;
    for (auto& v : s) t += std::visit(Area{}, v);
    return t;
}
std::optional<double> safe_log(double x) {
    if (x <= 0) return std::nullopt;
    return std::log(x);
}
double q4(double x) {
    auto a = safe_log(x);
    auto b = safe_log(-x);
    return a.value_or(1) * 2 + b.value_or(x);
}
template <class D> struct Crtp {
    double run(double x) {
        return static_cast<D*>(this)->step(x) * 2;
    }
};
struct Impl : Crtp<Impl> {
    double k;
    Impl(double k):k(k){}
    double step(double x) {
        return k * x;
    }
};
double q5(double x) {
    Impl i(x);
    return i.run(x * x);
}
struct Visitor;
struct Node {
    virtual ~Node(){}
    virtual void accept(Visitor& v) = 0;
};
struct Leaf;
struct Pair;
struct Visitor {
    virtual void visit(Leaf&) = 0;
    virtual void visit(Pair&) = 0;
};
struct Leaf : Node {
    double v;
    Leaf(double v):v(v){}
    void accept(Visitor& w) override {
        w.visit(*this);
    }
};
struct Pair : Node {
    std::shared_ptr<Node> l, r;
    Pair(std::shared_ptr<Node> l, std::shared_ptr<Node> r):l(l),r(r){}
    void accept(Visitor& w) override {
        w.visit(*this);
    }
};
struct SumV : Visitor {
    double s = 0;
    void visit(Leaf& l) override {
        s += l.v * l.v;
    }
    void visit(Pair& p) override {
        p.l->accept(*this);
        p.r->accept(*this);
    }
};
double q6(double x) {
    auto a = std::make_shared<Leaf>(x);
    auto p = std::make_shared<Pair>(a, std::make_shared<Pair>(a, std::make_shared<Leaf>(2 * x)));
    SumV v;
    p->accept(v);
    return v.s;
}
struct Account {
    double bal;
    std::vector<double> hist;
    void dep(double x) {
        if (x < 0) throw std::invalid_argument("neg");
        bal += x;
        hist.push_back(bal);
    }
};
double q7(double x) {
    Account a{x, {}};
    for (int i = -1; i < 3; i++) {
        try {
            a.dep(x * i);
        } catch (const std::invalid_argument&) {
            a.bal *= 2;
        }
    }
    return std::accumulate(a.hist.begin(), a.hist.end(), 0.0);
}
struct Ctor {
    std::vector<double> v;
    Ctor(double x) try : v(3, x) {
        if (x > 1) throw std::string("big");
    } catch (std::string& s) {
        s += "!";
    }
};
double q8(double x) {
    try {
        Ctor c(x);
        return c.v[0] * c.v[1];
    } catch (std::string& s) {
        return x * s.size();
    }
}
struct Pool {
    static char buf[1024];
    static int used;
    double v;
    Pool(double v):v(v){}
    static void* operator new(std::size_t n) {
        void* p = buf + used;
        used += n;
        return p;
    }
    static void operator delete(void*) {}
};
struct Cls {
    double v;
    Cls(double v):v(v){}
    static void* operator new(std::size_t n) {
        return ::operator new(n);
    }
    static void operator delete(void* p) {
        ::operator delete(p);
    }
};
double q9(double x) {
    auto* p = new Cls(x);
    double r = p->v * p->v;
    delete p;
    return r;
}
double q10(double x) {
    std::array<double, 4> a{x, 2*x, 3*x, 4*x};
    std::sort(a.begin(), a.end(), [](double p, double q) { return p > q; });
    auto [m, M] = std::minmax_element(a.begin(), a.end());
    return *m * *M + std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
}
struct State {
    double x, v;
    State& operator+=(const State& o) {
        x += o.x;
        v += o.v;
        return *this;
    }
    friend State operator*(double k, State s) {
        return {k*s.x, k*s.v};
    }
    friend State operator+(State a, const State& b) {
        return a += b;
    }
};
struct Ode {
    virtual State rhs(const State& s) const = 0;
    virtual ~Ode() {}
};
struct Osc : Ode {
    double k;
    Osc(double k):k(k){}
    State rhs(const State& s) const override {
        return {s.v, -k*s.x};
    }
};
State rk4(const Ode& o, State s, double h) {
    State a=o.rhs(s), b=o.rhs(s+0.5*h*a), c=o.rhs(s+0.5*h*b), d=o.rhs(s+h*c);
    return s + (h/6)*(a+2.0*b+2.0*c+d);
}
double q11(double k) {
    std::unique_ptr<Ode> o = std::make_unique<Osc>(k);
    State s{1,0};
    for (int i=0;i<50;i++) s = rk4(*o, s, 0.05);
    return s.x;
}
double q12(double x) noexcept {
    struct Fin {
        double* p;
        ~Fin() {
            *p *= 3;
        }
    };
    double r = x;
    {
        Fin f{&r};
        r *= x;
    }
    return r;
}
// A variant whose first member is a number in a struct, and whose others are owners: its bytes are at one time a float,
// at another a pointer.
struct Number {
    double v;
};
struct Product;
using Term = std::variant<Number, std::monostate, std::unique_ptr<Product>>;
struct Product {
    Term a, b;
};
struct ValueAt {
    double x;
    double operator()(const Number& n) const {
        return n.v;
    }
    double operator()(std::monostate) const {
        return x;
    }
    double operator()(const std::unique_ptr<Product>& p) const {
        return std::visit(*this, p->a) * std::visit(*this, p->b);
    }
};
Term product(Term a, Term b) {
    return std::make_unique<Product>(Product{std::move(a), std::move(b)});
}
double q13(double x) {
    Term e = product(product(Number{x * 2}, std::monostate{}), std::monostate{});
    return std::visit(ValueAt{x * 0.5}, e);
}
// The same beside text, copied with a vector.
struct Call {
    double strike;
};
struct Barrier {
    double strike, level;
    bool up;
};
struct Basket {
    std::vector<double> weights;
    double strike;
};
struct Option {
    std::string name;
    std::variant<Call, Barrier, Basket> payoff;
    std::optional<double> rebate;
};
struct PaidAt {
    double s;
    double operator()(const Call& c) const {
        return std::max(s - c.strike, 0.0);
    }
    double operator()(const Barrier& b) const {
        return b.up && s > b.level ? 0 : s * s - b.strike;
    }
    double operator()(const Basket& b) const {
        double sum = -b.strike;
        for (double w : b.weights) sum += w * s;
        return sum;
    }
};
double q14(double x) {
    std::vector<Option> book{{"call", Call{1}, {}}, {"up and out", Barrier{0.9 * x, 3, true}, {}},
                             {"a name that lies on the heap", Basket{{0.2, x}, x * x}, x * 3}};
    double sum = 0;
    for (auto& o : book) sum += std::visit(PaidAt{x + 0.5}, o.payoff) + o.rebate.value_or(0) * o.name.size();
    return sum;
}
int main() {
    CHECK_AT(q13, 0.8);
    CHECK_AT(q14, 1.1);
    CHECK_AT(q1, 0.7);
    CHECK_AT(q3, 1.2);
    CHECK_AT(q4, 1.5);
    CHECK_AT(q5, 0.8);
    CHECK_AT(q6, 0.9);
    CHECK_AT(q7, 1.1);
    CHECK_AT(q8, 0.6);
    CHECK_AT(q8, 1.6);
    CHECK_AT(q9, 1.2);
    CHECK_AT(q10, 0.4);
    CHECK_AT(q11, 1.3);
    CHECK_AT(q12, 0.7);
    EP e = build(0.3);
    double h=1e-5;
    check_close("q2", __enzyme_autodiff<double>((void*)q2, enzyme_const, (const Expr*)e.get(), 0.5), (e->eval(0.5+h)-e->eval(0.5-h))/(2*h));
    return report();
}
