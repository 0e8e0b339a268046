// Classes with several lists: what lies behind the head of one, in the class, is not taken for what lies in its nodes.
// The heads of an array by which lists are sorted are not their nodes, either. A list may be the first member.
#include "probe.hpp"
#include <list>

struct Both {
    int id = 0;
    std::list<std::vector<double>> a;
    std::list<std::vector<float>> b;
    double w = 0;
};
__attribute__((noinline)) static void fill(Both &s, double x, int i) {
    s.id = i, s.w = x;
    s.a.push_back(std::vector<double>(2, x));
    s.a.push_front(std::vector<double>(1, x * x));
    s.b.push_back(std::vector<float>(3, (float)i));
}
__attribute__((noinline)) static double sum(const Both &s) {
    double t = s.w * s.id;
    for (auto &v : s.a)
        for (double e : v) t = t * 1.25 + std::sin(e);
    for (auto &v : s.b)
        for (float e : v) t += e * t;
    return t;
}
double kinds(const double *x, int n) {
    std::vector<Both> all(n);
    for (int i = 0; i < n; i++) fill(all[i], x[i], i + 1);
    Both copy = all[1];
    all.erase(all.begin());
    std::swap(all[0], copy);
    double t = sum(copy);
    for (auto &s : all) t += sum(s);
    return t;
}

struct Base {
    double factor = 1;
    int times = 2;
};
struct Derived : virtual Base {
    int key = 0;
    double number = 0;
};
double sorted(const double *x, int n) {
    std::list<Derived> a;
    for (int i = 0; i < n; i++) {
        a.emplace_back();
        a.back().key = i * 7 % 11, a.back().number = x[i], a.back().factor = x[i] * x[0];
    }
    std::swap(a.front(), a.back());
    a.sort([](const Derived &p, const Derived &q) { return p.number < q.number; });
    double t = 0;
    for (auto &e : a) t = t * 1.5 + e.number * e.factor * (e.key + e.times);
    return t;
}

struct First {
    std::list<double> l;
    double y;
    float z;
};
struct Holder {
    First *first;
    std::list<double> *list;
    double q;
};
__attribute__((noinline)) static void turn(First &f) {
    f.l.reverse();
    f.y *= 2;
}
__attribute__((noinline)) static double back(const First &f) {
    double s = 0;
    for (auto i = f.l.end(); i != f.l.begin();) s = s * 1.5 + *--i;
    return s + f.y * f.z;
}
double beside(const double *x, int n) {
    struct {
        int k;
        First f;
        double w;
    } u{2, {{}, x[0], (float)n}, x[1]};
    std::vector<Holder> holders;
    for (int i = 0; i < n; i++) holders.push_back({&u.f, &u.f.l, x[i]});
    double s = 0;
    for (auto &h : holders) {
        h.list->push_front(h.q * u.w);
        h.first->y *= 3;
        turn(u.f);
        s = s * 1.25 + back(*h.first) + u.k;
    }
    return s;
}

int main() {
    PROBE(kinds, {0.6, 0.4, 0.8});
    PROBE(sorted, {0.6, 0.4, 0.8, 0.3});
    PROBE(beside, {0.6, 0.4, 0.8});
    return failures != 0;
}
