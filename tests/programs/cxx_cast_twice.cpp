// Second derivatives through dynamic_cast: the shadow of what it finds lies as far behind the shadow
// of the object. And calls through tables that LLVM has forwarded are to functions of these tables.
#include "check.hpp"
#include <memory>
#include <vector>

struct layer {
    double w;
    int k;
    layer(double w, int k) : w(w), k(k) {}
    virtual ~layer() = default;
    virtual double eval(double a) const { return std::sin(a * w) * k; }
};
struct scaled {
    double s = 0.5;
    std::vector<double> h;
    virtual ~scaled() = default;
    virtual double scale(double a) const { return a * a * s * h[1]; }
};
struct both final : layer, scaled {
    both(double a, int k) : layer(a * a, k) {
        s = std::sin(a);
        h = {a, a * a};
    }
};
struct step {
    double p;
    int k;
    double q[2], *r;
};
static step last;

static std::unique_ptr<layer> make(int k, double a) {
    if (k & 1) return std::make_unique<both>(a, k);
    return std::make_unique<layer>(a, k);
}
static double stepped(double x) {
    double y[] = {x, x * x, std::sin(x), 1 / x}, sum = 0;
    for (int i = 0; i < 3; i++) {
        last = {y[i], i, {0.5, 0.25}, y};
        auto o = make(last.k, last.p);
        sum += o->eval(y[i + 1]);
        if (auto *found = dynamic_cast<scaled *>(&*o)) sum += found->scale(y[i]) * sum;
        sum += last.p * last.q[i & 1] * last.r[i];
    }
    return sum;
}
static double reverse(double x) { return __enzyme_autodiff<double>((void *)stepped, x); }
static double forward(double x) { return __enzyme_fwddiff<double>((void *)stepped, x, 1.0); }

int main() {
    CHECK_AT(stepped, 0.7);
    CHECK_AT(forward, 0.7);
    CHECK_AT(reverse, 0.7);
    return report();
}
