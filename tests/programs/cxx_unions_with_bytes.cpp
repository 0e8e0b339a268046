// Unions of the library have a byte as their first member: what is put there is moved as a whole.
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "probe.hpp"

template <class T> struct point {
    T x, y;
};
template <class T> using points = std::vector<point<T>>;
template <class T> static double length(const points<T> &p) {
    double sum = 0;
    for (std::size_t i = 1; i < p.size(); i++) sum += std::hypot(p[i].x - p[i - 1].x, p[i].y - p[i - 1].y);
    return sum;
}

// vector::insert makes a copy first
template <class T> struct insertion {
    std::size_t at;
    point<T> what;
    __attribute__((noinline)) void apply(points<T> &p) const { p.insert(p.begin() + at, what); }
};
template <class T> static double inserted(const double *x, int n) {
    auto put = [](int at, double a, double b) {
        return std::make_unique<insertion<T>>(insertion<T>{std::size_t(at), {T(a), T(b)}});
    };
    auto a = put(0, 0, 0), b = put(1, x[0], .1), c = put(2, x[1], x[2]), d = put(1, x[1] * x[1], .3);
    points<T> p;
    a->apply(p), b->apply(p), c->apply(p), d->apply(p);
    return length(p) * n;
}

// an empty vector has no block: places in it are numbers
struct command {
    virtual ~command() = default;
    virtual void apply(points<double> &) = 0;
    virtual void revert(points<double> &) = 0;
};
class insert_point : public command {
    std::size_t at;
    point<double> what;

  public:
    insert_point(std::size_t at, point<double> what) : at(at), what(what) {}
    void apply(points<double> &p) override { p.insert(p.begin() + at, what); }
    void revert(points<double> &p) override { p.erase(p.begin() + at); }
};
class move_point : public command {
    std::size_t at;
    point<double> to;
    std::optional<point<double>> old;

  public:
    move_point(std::size_t at, point<double> to) : at(at), to(to) {}
    void apply(points<double> &p) override { old = p[at], p[at] = to; }
    void revert(points<double> &p) override { p[at] = *old, old.reset(); }
};
static double edited(const double *x, int) {
    std::vector<std::unique_ptr<command>> all;
    all.push_back(std::make_unique<insert_point>(0, point<double>{0, 0}));
    all.push_back(std::make_unique<insert_point>(1, point<double>{x[0], .1}));
    all.push_back(std::make_unique<insert_point>(1, point<double>{x[1] * x[1], .3}));
    all.push_back(std::make_unique<move_point>(0, point<double>{-x[0], x[2]}));
    points<double> p;
    for (auto &one : all) one->apply(p);
    double sum = length(p);
    for (int i = 3; i > 1; i--) all[i]->revert(p), sum += i * length(p);
    return sum;
}

__attribute__((noinline)) static std::optional<point<double>> found(const points<double> &p, double x) {
    std::optional<point<double>> best;
    for (auto &q : p)
        if (q.x < x && (!best || best->y < q.y)) best = q;
    return best;
}
static double sought(const double *x, int) {
    points<double> p{{x[0], x[1]}, {x[1], x[2]}, {x[2], x[0]}};
    auto a = found(p, 1), b = found(p, 0);
    std::vector<std::optional<point<double>>> all{a, b, a};
    all.insert(all.begin() + 1, all[2]);
    double sum = 0;
    for (auto &one : all) sum = sum * x[0] + (one ? one->x * one->y : x[2]);
    return sum;
}

int main() {
    PROBE(inserted<double>, {1.2, .4, .9});
    PROBE(edited, {1.2, .4, .9});
    PROBE(sought, {1.2, .4, .9});
    return failures != 0;
}
