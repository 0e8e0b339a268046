// More of what C++ programs are made of: matrices with checks, lists and trees, a network, expression templates.
#include "check.hpp"
#include <memory>
#include <vector>
#include <map>
#include <string>
#include <functional>
#include <stdexcept>
#include <cassert>
#include <cstdlib>
#include <array>
#include <utility>
// matrix class with operator overloads and exceptions on mismatch
template <class T> class Matrix {
    std::size_t r, c;
    std::unique_ptr<T[]> d;
    public:
    Matrix(std::size_t r, std::size_t c) : r(r), c(c), d(new T[r * c]()) {}
    Matrix(const Matrix& o) : Matrix(o.r, o.c) {
        for (std::size_t i = 0; i < r * c; i++) d[i] = o.d[i];
    }
    Matrix(Matrix&&) noexcept = default;
    Matrix& operator=(Matrix&&) noexcept = default;
    T& operator()(std::size_t i, std::size_t j) {
        if (i >= r || j >= c) throw std::out_of_range("m");
        return d[i * c + j];
    }
    const T& operator()(std::size_t i, std::size_t j) const {
        if (i >= r || j >= c) throw std::out_of_range("m");
        return d[i * c + j];
    }
    friend Matrix operator*(const Matrix& a, const Matrix& b) {
        if (a.c != b.r) throw std::invalid_argument("shape");
        Matrix m(a.r, b.c);
        for (std::size_t i = 0; i < a.r; i++) for (std::size_t j = 0; j < b.c; j++) for (std::size_t k = 0; k < a.c; k++) m(i, j) += a(i, k) * b(k, j);
        return m;
    }
    friend Matrix operator+(Matrix a, const Matrix& b) {
        for (std::size_t i = 0; i < a.r * a.c; i++) a.d[i] += b.d[i];
        return a;
    }
};
double m1(double x) {
    Matrix<double> a(2, 2), b(2, 2);
    a(0, 0) = x;
    a(0, 1) = 2;
    a(1, 0) = x * x;
    a(1, 1) = 1;
    b(0, 0) = 1;
    b(1, 1) = x;
    b(0,1)=3;
    Matrix<double> c = a * b + a;
    return c(0, 0) * c(1, 1) - c(0, 1) * c(1, 0);
}
double m2(double x) {
    try {
        Matrix<double> a(2, 2), b(3, 2);
        a(0,0) = x;
        auto c = a * b;
        return c(0,0);
    } catch (const std::invalid_argument&) {
        return x * 5;
    }
}
// strategy via std::function map
// linked list with raw pointers
struct Nd {
    double v;
    Nd* next;
};
struct List {
    Nd* head = nullptr;
    void push(double v) {
        head = new Nd{v, head};
    }
    ~List() {
        while (head) {
            Nd* n = head->next;
            delete head;
            head = n;
        }
    }
    double sum() const {
        double s = 0;
        for (Nd* n = head; n; n = n->next) s += n->v * n->v;
        return s;
    }
};
double m4(double x) {
    List l;
    for (int i = 0; i < 5; i++) l.push(x * i);
    return l.sum();
}
// binary tree with unique_ptr, recursion
struct Tn {
    double key;
    std::unique_ptr<Tn> l, r;
    Tn(double k) : key(k) {}
    void insert(double k) {
        auto& t = k < key ? l : r;
        if (t) t->insert(k);
        else t = std::make_unique<Tn>(k);
    }
    double fold(double a) const {
        if (l) a = l->fold(a);
        a = a * 0.5 + key;
        if (r) a = r->fold(a);
        return a;
    }
};
double m5(double x) {
    Tn t(x);
    t.insert(2 * x);
    t.insert(x * x);
    t.insert(-x);
    t.insert(3 * x);
    return t.fold(0);
}
// layered polymorphic net with vector members, trained params by shadow
struct Lyr {
    virtual ~Lyr() = default;
    virtual std::vector<double> fwd(const std::vector<double>&) const = 0;
};
struct Dense : Lyr {
    std::vector<std::vector<double>> w;
    std::vector<double> b;
    Dense(int o, int i, double s) : w(o, std::vector<double>(i)), b(o) {
        for (int r = 0; r < o; r++) for (int c = 0; c < i; c++) w[r][c] = s * (r + 1) - 0.1 * c;
    }
    std::vector<double> fwd(const std::vector<double>& x) const override {
        std::vector<double> y(b);
        for (std::size_t r = 0; r < w.size(); r++) for (std::size_t c = 0; c < x.size(); c++) y[r] += w[r][c] * x[c];
        return y;
    }
};
struct Act : Lyr {
    std::vector<double> fwd(const std::vector<double>& x) const override {
        std::vector<double> y;
        y.reserve(x.size());
        for (double v : x) y.push_back(std::tanh(v));
        return y;
    }
};
struct Net {
    std::vector<std::unique_ptr<Lyr>> ls;
    double loss(const std::vector<double>& x) const {
        std::vector<double> h = x;
        for (auto& l : ls) h = l->fwd(h);
        double s = 0;
        for (double v : h) s += (v - 0.5) * (v - 0.5);
        return s;
    }
};
Net mk(double s) {
    Net n;
    n.ls.push_back(std::make_unique<Dense>(3, 2, s));
    n.ls.push_back(std::make_unique<Act>());
    n.ls.push_back(std::make_unique<Dense>(1, 3, s));
    return n;
}
double netloss(const Net* n, const std::vector<double>* x) {
    return n->loss(*x);
}
double m6(double s) {
    Net n = mk(s);
    return n.loss({0.3, -0.7});
}
// static init guard, local static object with ctor
struct Table {
    double v[4];
    Table() {
        for (int i = 0; i < 4; i++) v[i] = i * 1.5;
    }
};
const Table& table() {
    static Table t;
    return t;
}
double m7(double x) {
    double s = 0;
    for (double v : table().v) s += v * x * x;
    return s;
}
// CRTP expression template
template <class E> struct Ex {
    const E& self() const {
        return static_cast<const E&>(*this);
    }
};
struct Vc : Ex<Vc> {
    std::vector<double> d;
    Vc(std::size_t n) : d(n) {}
    template <class E> Vc(const Ex<E>& e) : d(e.self().size()) {
        for (std::size_t i = 0; i < d.size(); i++) d[i] = e.self()[i];
    }
    double operator[](std::size_t i) const {
        return d[i];
    }
    double& operator[](std::size_t i) {
        return d[i];
    }
    std::size_t size() const {
        return d.size();
    }
};
template <class A, class B> struct Sm : Ex<Sm<A, B>> {
    const A& a;
    const B& b;
    Sm(const A& a, const B& b) : a(a), b(b) {}
    double operator[](std::size_t i) const {
        return a[i] + b[i];
    }
    std::size_t size() const {
        return a.size();
    }
};
template <class A> struct Scl : Ex<Scl<A>> {
    const A& a;
    double k;
    Scl(const A& a, double k) : a(a), k(k) {}
    double operator[](std::size_t i) const {
        return a[i] * k;
    }
    std::size_t size() const {
        return a.size();
    }
};
template <class A, class B> Sm<A, B> operator+(const Ex<A>& a, const Ex<B>& b) {
    return {a.self(), b.self()};
}
template <class A> Scl<A> operator*(double k, const Ex<A>& a) {
    return {a.self(), k};
}
double m8(double x) {
    Vc a(4), b(4);
    for (int i = 0; i < 4; i++) {
        a[i] = x * i;
        b[i] = x * x;
    }
    Vc c = a + 2.0 * b;
    double s = 0;
    for (int i = 0; i < 4; i++) s += c[i] * c[i];
    return s;
}
struct Base {
    double acc = 0;
    virtual void add(double v) {
        acc += v;
    }
    virtual ~Base() {}
};
struct Twice : Base {
    void add(double v) override {
        Base::add(2 * v);
        Base::add(v * v);
    }
};
double m9(double x) {
    std::array<std::shared_ptr<Base>, 3> a{
        std::make_shared<Base>(), std::make_shared<Twice>(), std::make_shared<Twice>()
    };
    for (int i = 0; i < 6; i++) a[i % 3]->add(x * i);
    double s = 0;
    for (auto& p : a) s += p->acc;
    return s;
}
int main() {
    CHECK_AT(m1, 0.7);
    CHECK_AT(m2, 0.7);
    CHECK_AT(m4, 1.1);
    CHECK_AT(m5, 0.9);
    CHECK_AT(m6, 0.4);
    CHECK_AT(m7, 0.8);
    CHECK_AT(m8, 0.3);
    CHECK_AT(m9, 0.5);
    Net n = mk(0.4), d = mk(0);
    for (auto& l : d.ls) if (auto* q = dynamic_cast<Dense*>(l.get())) {
        for (auto& r : q->w) for (auto& v : r) v = 0;
        for (auto& v : q->b) v = 0;
    }
    std::vector<double> x{0.3, -0.7};
    double l0 = n.loss(x);
    __enzyme_autodiff<void>((void*)netloss, enzyme_dup, &n, &d, enzyme_const, &x);
    auto& w = static_cast<Dense&>(*n.ls[0]).w[1][0];
    double h = 1e-5;
    w += h;
    double lp = n.loss(x);
    w -= 2 * h;
    double lm = n.loss(x);
    w += h;
    check_close("net w", static_cast<Dense&>(*d.ls[0]).w[1][0], (lp - lm) / (2 * h));
    (void)l0;
    return report();
}
