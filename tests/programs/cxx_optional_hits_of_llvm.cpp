// Objects with bytes behind their last member that nothing reads or writes are copied as a whole: LLVM's std::optional.
// flags: -stdlib=libc++ -std=c++20
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include <algorithm>
#include <memory>
#include <optional>
#include <variant>

#include "probe.hpp"

struct vec {
    double x{}, y{}, z{};
    friend vec operator+(vec a, vec b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
    friend vec operator-(vec a, vec b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
    friend vec operator*(vec a, double s) { return {a.x * s, a.y * s, a.z * s}; }
    friend vec operator*(vec a, vec b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
};
static double dot(vec a, vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static vec unit(vec a) { return a * (1 / std::sqrt(dot(a, a))); }
struct ray {
    vec from, to;
};
struct matt {
    vec colour;
};
struct mirror {
    vec tint;
    double rough;
};
using material = std::variant<matt, mirror>;
struct hit {
    double t;
    vec place, normal;
    const material *of;
};

struct shape {
    virtual ~shape() = default;
    virtual std::optional<hit> met(const ray &) const = 0;
};
class sphere : public shape {
    vec centre;
    double radius;
    material of;

  public:
    sphere(vec centre, double radius, material of) : centre(centre), radius(radius), of(std::move(of)) {}
    std::optional<hit> met(const ray &r) const override {
        vec d = r.from - centre;
        double b = dot(d, r.to), q = dot(d, d) - radius * radius, square = b * b - q;
        if (square <= 0) return {};
        double t = -b - std::sqrt(square);
        if (t < 1e-4) return std::nullopt;
        vec p = r.from + r.to * t;
        return hit{t, p, (p - centre) * (1 / radius), &of};
    }
};
class both : public shape {
    std::unique_ptr<shape> one, other;

  public:
    both(std::unique_ptr<shape> one, std::unique_ptr<shape> other) : one(std::move(one)), other(std::move(other)) {}
    std::optional<hit> met(const ray &r) const override {
        auto a = one->met(r);
        auto c = other ? other->met(r) : std::nullopt;
        if (a && c) return a->t < c->t ? a : c;
        return a ? a : c;
    }
};

template <class... F> struct over : F... {
    using F::operator()...;
};
template <class... F> over(F...) -> over<F...>;
vec seen(const shape &w, const ray &r, int depth) {
    auto h = w.met(r);
    if (!h) return vec{.5, .6, .8} * (.5 + .5 * r.to.y);
    if (depth == 0) return {};
    auto visitor = over{
        [&](const matt &m) {
            vec light = unit({1, 2, -1});
            double s = std::max(0.0, dot(h->normal, light));
            if (w.met({h->place, light})) s *= .3;
            return m.colour * (.1 + s);
        },
        [&](const mirror &m) {
            vec to = r.to - h->normal * (2 * dot(r.to, h->normal));
            return m.tint * seen(w, {h->place, unit(to)}, depth - 1) * (1 - m.rough);
        }};
    return std::visit(visitor, *h->of);
}
struct params {
    vec centre;
    double radius, rough;
};
double picture(const params &p) {
    std::vector<std::unique_ptr<shape>> s;
    s.push_back(std::make_unique<sphere>(p.centre, p.radius, matt{{.8, .3, .2}}));
    s.push_back(std::make_unique<sphere>(vec{1, .1, 3}, .7, mirror{{.9, .9, .8}, p.rough}));
    s.push_back(std::make_unique<sphere>(vec{0, 2.5, 6}, .9, mirror{{1, .7, .3}, .1}));
    auto world = std::make_unique<both>(std::make_unique<both>(std::move(s[0]), std::move(s[1])), std::move(s[2]));
    double sum = 0;
    for (int j = 0; j < 4; j++)
        for (int i = 0; i < 5; i++) {
            vec c = seen(*world, {{.01, .3, -3}, unit({(i - 2.2) / 3, (1.6 - j) / 3, 1})}, 3);
            sum += c.x * c.x + .7 * c.y * c.y + c.z;
        }
    return sum;
}

int main() {
    params p{{-.6, .2, 2}, .8, .15}, dp{};
    __enzyme_autodiff<void>((void *)picture, enzyme_dup, &p, &dp);
    double params::*numbers[] = {&params::radius, &params::rough};
    for (auto member : numbers) {
        params a = p, b = p, t{};
        const double h = 1e-6;
        a.*member += h, b.*member -= h, t.*member = 1;
        const double want = (picture(a) - picture(b)) / (2 * h);
        compare("picture", "gradient", 0, dp.*member, want);
        compare("picture", "tangent", 0, __enzyme_fwddiff<double>((void *)picture, enzyme_dup, &p, &t), want);
    }
    return failures != 0;
}
