// Virtual bases that hold containers and lie at several distances: the distance and the function lie in one table, so an
// object is one of those whose table holds both.
#include "probe.hpp"
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <queue>

struct base {
    std::vector<double> log;
    double v[2];
    int k = 1;
    explicit base(double a = 0.5) : v{a, a * a} {}
    virtual ~base() = default;
    virtual double at(int i) const { return v[i & 1]; }
};
struct left : virtual base {
    double l = 0.25;
    double at(int i) const override { return base::at(i + k) * l; }
    virtual void put(double x) { log.push_back(x); }
};
struct right : virtual base {
    std::map<int, double> r;
    virtual double sum() {
        double s = 0;
        for (auto &e : r) s += e.second;
        return s + v[0];
    }
};
struct both : left, right {
    explicit both(double a) : base(a) {}
    void put(double x) override {
        r[k++] = x;
        left::put(x * v[1]);
    }
};
struct last final : both {
    double z;
    last(double a, double z) : base(a * z), both(a), z(z) {}
    double at(int i) const override { return both::at(i) + z; }
    double sum() override { return right::sum() * z; }
};

double use(base &one, double x) {
    double s = one.at(0);
    if (auto *l = dynamic_cast<left *>(&one)) l->put(x), l->put(one.at(1));
    if (auto *r = dynamic_cast<right *>(&one)) s += std::sin(r->sum());
    for (double e : one.log) s += std::sin(e);
    return s;
}
__attribute__((noinline)) double all(const double *x, int n) {
    std::vector<std::unique_ptr<base>> c;
    c.push_back(std::make_unique<both>(x[0]));
    if (n > 1) c.push_back(std::make_unique<left>());
    for (int i = 0; i < n; i++) c.push_back(std::make_unique<last>(x[i], x[0]));
    double s = 0;
    for (auto &one : c) s += use(*one, x[n - 1]);
    return s;
}

// Closures in a queue are called by functions of the type that destructors have: what is no object of these classes is not
// laid out as one.
double beside_closures(const double *x, int n) {
    double s = all(x, n);
    std::queue<std::function<void()>> later;
    for (int i = 0; i < n; i++) later.push([&, i] { s += std::sin(x[i] * s); });
    while (!later.empty()) {
        later.front()();
        later.pop();
    }
    return s;
}

// Objects of several classes that live in one block one after the other, and turn into each other while they are called.
struct state {
    std::vector<double> seen;
    double level;
    explicit state(double a) : level(a) {}
    virtual ~state() = default;
    virtual void turn(double a) = 0;
    virtual double value() const { return level; }
};
struct near_one : virtual state {
    double w;
    explicit near_one(double a) : state(a), w(a * a) {}
    void turn(double a) override;
    double value() const override { return level * w + (double)seen.size(); }
};
struct far_one : near_one {
    double pad[5];
    std::map<int, double> kept;
    explicit far_one(double a) : state(a * 2), near_one(a), pad{a, a * a} { kept[1] = a; }
    void turn(double a) override;
    double value() const override { return level * pad[1] + kept.at(1); }
};
union place {
    near_one one;
    far_one other;
    place() {}
    ~place() {}
};
void near_one::turn(double a) {
    auto old = std::move(seen);
    double was = w;
    this->~near_one();
    auto *now = new ((void *)this) far_one(was * a);
    now->seen = std::move(old);
    now->seen.push_back(now->level);
}
void far_one::turn(double a) {
    auto old = std::move(seen);
    double was = kept[1] * pad[0];
    this->~far_one();
    auto *now = new ((void *)this) near_one(was + a);
    now->seen = std::move(old);
    now->seen.push_back(now->w);
}
double turned(const double *x, int n) {
    place room;
    near_one *one = new ((void *)&room) near_one(x[0]);
    double s = 0;
    for (int i = 0; i < 2 * n; i++) {
        one->turn(x[i % n]);
        one = (near_one *)&room;
        state *base_of = one;
        s += base_of->value() * base_of->level;
        for (double e : base_of->seen) s += std::sin(e);
    }
    one->~near_one();
    return s;
}

int main() {
    PROBE(all, {.7, .65, .3});
    PROBE(beside_closures, {.7, .65, .3});
    PROBE(turned, {.7, .65, .3});
    return failures != 0;
}
