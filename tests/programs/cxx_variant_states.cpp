// Machines whose state is a number, or owns memory, in one local variant: LLVM keeps both in registers, as a pointer (this was
// refused, as such pointers lead anywhere).
#include "check.hpp"
#include <array>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

template <class... F> struct over : F... {
    using F::operator()...;
};
template <class... F> over(F...) -> over<F...>;

struct idle {};
struct running {
    double x;
    int left;
};
struct done {
    std::unique_ptr<double> r;
    std::array<double, 2> all;
};
static double machine(double x) {
    std::variant<idle, running, done> c;
    auto step = [&](double in) {
        std::visit(over{[&](idle) { c = running{in, 2}; },
                        [&](running &s) {
                            s.x = std::exp(std::sin(in));
                            if (--s.left > 0) return;
                            double last = s.x;
                            c = done{std::make_unique<double>(last), {last, in}};
                        },
                        [&](done &s) {
                            *s.r *= in;
                            if (*s.r < 0.125) c = idle{};
                        }},
                   c);
    };
    double sum = 0;
    for (int i = 0; i < 9; i++) {
        step(x * (i % 5));
        if (auto *one = std::get_if<running>(&c)) sum += one->x * one->left;
        if (auto *one = std::get_if<done>(&c)) sum += *one->r + one->all[0] * one->all[1];
    }
    return sum;
}
// The number is loaded, comes from either of two states, and goes back.
static double exchanged(double x) {
    double from[3] = {x * x, 2 * x, x - 1}, sum = 0;
    std::variant<double, std::unique_ptr<double>> a = x, b = std::make_unique<double>(x * 3);
    for (int i = 0; i < 6; i++) {
        if (auto *number = std::get_if<double>(&a)) {
            double next = *number * from[i % 3];
            if (i & 2) a = std::make_unique<double>(next);
            else *number = next + 1;
        } else {
            auto &owner = std::get<1>(a);
            *owner += from[i % 3];
            if (*owner > 0.5) a = *owner * *owner;
        }
        std::swap(a, b);
    }
    for (auto *one : {&a, &b}) sum += one->index() ? *std::get<1>(*one) : std::get<0>(*one) * 2;
    return sum;
}
struct vectors {
    std::vector<double> v;
};
static double grown(double x) {
    std::variant<double, vectors> c = std::sin(x);
    for (int i = 1; i < 5; i++) {
        if (auto *number = std::get_if<double>(&c)) {
            double y = *number * i;
            if (y > 0.25) c = vectors{{y, x}};
            else c = y + x;
        } else {
            auto &v = std::get<vectors>(c).v;
            v.push_back(v[0] * x + v.back());
            if (v.size() > 3) c = v[2] * v[1];
        }
    }
    return c.index() ? std::get<1>(c).v.back() : std::get<0>(c);
}
// By hand: a word of a union is a number or a pointer, which is compared, and stored elsewhere.
union word {
    double number;
    double *place;
};
static double by_hand(double x) {
    double own[2] = {x, x * x}, s = 0;
    word w, kept[2];
    bool is_place = false;
    w.number = x * 2;
    for (int i = 0; i < 5; i++) {
        if (is_place && w.place == own + 1) s += *w.place * i;
        if (!is_place) s += w.number;
        kept[i & 1] = w;
        is_place = s * (i + 1) > 3;
        if (is_place) w.place = own + (i & 1), *w.place += x;
        else w.number = s * x;
    }
    return is_place ? s * own[1] : s * kept[1].number;
}
int main() {
    for (double x : {0.4, 0.9, -0.7, 1.3}) {
        CHECK_AT(machine, x);
        CHECK_AT(exchanged, x);
        CHECK_AT(grown, x);
    }
    for (double x : {0.2, 0.35, 0.6, -0.2}) CHECK_AT(by_hand, x);
    return report();
}
