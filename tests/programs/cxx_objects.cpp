// Second bases, members by pointer, rethrown exceptions, arenas, stacks, clones, state in globals.
#include "check.hpp"
#include <memory>
#include <vector>
#include <functional>
#include <exception>
#include <stdexcept>
#include <new>
#include <cstring>
struct A {
    double a = 1;
    virtual ~A() {}
    virtual double fa(double x) {
        return a * x;
    }
};
struct B {
    double b = 2;
    virtual ~B() {}
    virtual double fb(double x) {
        return b * x * x;
    }
};
struct C : A, B {
    std::vector<double> v;
    C(double k) : v{k, k * k} {
        a = k;
    }
    double fa(double x) override {
        return A::fa(x) + v[0];
    }
    double fb(double x) override {
        return B::fb(x) * v[1] + a;
    }
};
double t1(double x) {
    std::vector<std::unique_ptr<B>> l;
    l.push_back(std::make_unique<C>(x));
    l.push_back(std::make_unique<B>());
    double s = 0;
    for (auto& p : l) s += p->fb(x);
    return s;
}
typedef double (A::*PM)(double);
double t2(double x) {
    C c(x);
    A& r = c;
    PM p = &A::fa;
    return (r.*p)(x);
}
double t3(double x) {
    std::function<double(double, int)> f = [&](double v, int n) -> double {
        return n == 0 ? v : x * f(v * v, n - 1);
    };
    return f(x, 3);
}
double t4(double x) {
    std::exception_ptr e;
    double r = x;
    try {
        r *= x;
        throw std::runtime_error("a");
    } catch (...) {
        e = std::current_exception();
    }
    try {
        if (e) std::rethrow_exception(e);
    } catch (std::runtime_error&) {
        r *= x;
    }
    return r;
}
struct Thrower {
    virtual double run(double x) {
        if (x > 1) throw 1;
        return x;
    }
    virtual ~Thrower() {}
};
struct T2 : Thrower {
    double run(double x) override {
        return Thrower::run(x * x) + 1;
    }
};
double t5(double x) {
    std::unique_ptr<Thrower> p(x > -10 ? new T2 : new Thrower);
    double s = 0;
    for (int i = 0; i < 4; i++) {
        try {
            s += p->run(x * i);
        } catch (int) {
            s += x * x * i;
        }
    }
    return s;
}
struct Arena {
    std::vector<std::unique_ptr<char[]>> blocks;
    void* get(std::size_t n) {
        blocks.emplace_back(new char[n]);
        return blocks.back().get();
    }
    template <class T, class... U> T* make(U&&... u) {
        return new (get(sizeof(T))) T{std::forward<U>(u)...};
    }
};
struct Pt {
    double x, y;
    Pt* next;
};
double t6(double x) {
    Arena a;
    Pt* head = nullptr;
    for (int i = 1; i < 4; i++) head = a.make<Pt>(x * i, x * x, head);
    double s = 0;
    for (Pt* p = head; p; p = p->next) s += p->x * p->y;
    return s;
}
template <class T> class Stack {
    T* d = nullptr;
    std::size_t n = 0, cap = 0;
    public: ~Stack() {
        delete[] d;
    }
    void push(const T& v) {
        if (n == cap) {
            cap = cap ? 2 * cap : 1;
            T* e = new T[cap];
            for (std::size_t i = 0; i < n; i++) e[i] = std::move(d[i]);
            delete[] d;
            d = e;
        }
        d[n++] = v;
    }
    T pop() {
        if (!n) throw std::underflow_error("empty");
        return d[--n];
    }
    bool empty() const {
        return !n;
    }
};
double t7(double x) {
    Stack<double> s;
    const char* prog = "xx*x+x*2*";
    for (const char* p = prog; *p; p++) {
        if (*p == 'x') s.push(x);
        else if (*p == '*') {
            double b = s.pop(), a = s.pop();
            s.push(a * b);
        } else if (*p == '+') {
            double b = s.pop(), a = s.pop();
            s.push(a + b);
        } else s.push(*p - '0');
    }
    double r = s.pop();
    try {
        s.pop();
    } catch (std::underflow_error&) {
        r += x;
    }
    return r;
}
struct Dual2 {
    double v, g;
    friend Dual2 operator*(Dual2 a, Dual2 b) {
        return {a.v * b.v, a.v * b.g + a.g * b.v};
    }
    friend Dual2 operator+(Dual2 a, Dual2 b) {
        return {a.v + b.v, a.g + b.g};
    }
};
template <class T> T poly(T x) {
    T r = x;
    for (int i = 0; i < 3; i++) r = r * x + x;
    return r;
}
double t8(double x) {
    Dual2 d = poly(Dual2{x, 1});
    return d.g;
}
static double gstate = 0;
double step(double x) {
    gstate = gstate * 0.5 + x * x;
    return gstate;
}
double t9(double x) {
    gstate = 0;
    double s = 0;
    for (int i = 0; i < 4; i++) s += step(x * i);
    return s;
}
struct Sh {
    virtual double area() const = 0;
    virtual ~Sh() = default;
    virtual std::unique_ptr<Sh> clone() const = 0;
};
struct Sq2 : Sh {
    double s;
    explicit Sq2(double s) : s(s) {}
    double area() const override {
        return s * s;
    }
    std::unique_ptr<Sh> clone() const override {
        return std::make_unique<Sq2>(*this);
    }
};
struct Rc : Sh {
    double w, h;
    Rc(double w, double h) : w(w), h(h) {}
    double area() const override {
        return w * h;
    }
    std::unique_ptr<Sh> clone() const override {
        return std::make_unique<Rc>(*this);
    }
};
double t10(double x) {
    std::vector<std::unique_ptr<Sh>> v;
    v.push_back(std::make_unique<Sq2>(x));
    v.push_back(std::make_unique<Rc>(x, 3));
    std::vector<std::unique_ptr<Sh>> w;
    for (auto& s : v) w.push_back(s->clone());
    double t = 0;
    for (auto& s : w) t += s->area() * s->area();
    return t;
}
int main() {
    CHECK_AT(t1, 0.7);
    CHECK_AT(t2, 0.8);
    CHECK_AT(t3, 0.9);
    CHECK_AT(t4, 1.1);
    CHECK_AT(t5, 0.6);
    CHECK_AT(t6, 0.7);
    CHECK_AT(t7, 0.5);
    CHECK_AT(t8, 0.4);
    CHECK_AT(t9, 0.9);
    CHECK_AT(t10, 1.2);
    return report();
}
