// What a std::function keeps its closure in is a union with a pointer: LLVM moves two floats in it as one.
// (Those that a vector moves keep the names of their functions.) Where it keeps one closure or another on the heap, these are told apart by what their functions read in them.
#include <functional>
#include <memory>
#include <vector>

#include "check.h"

struct base {
    float t = 0.25f, c;
    base(float c) : c(c) {}
    virtual ~base() = default;
    virtual void step(float *p, int j) { p[1] += c * p[j]; }
};

struct direct final : base {
    std::function<float(float)> g;
    direct(float a, const float *p) : base(a) {
        float b = p[0];
        g = [a, b](float y) { return sinf(y * a) + b; };
        t = a;
    }
    ~direct() override { c = 0; }
    void step(float *p, int j) override { p[1] = sinf(g(p[j] - 0.75f)); }
};

struct holder : base {
    std::shared_ptr<base> inner;
    holder(float a, int k, float *p) : base(a) {
        if (k > 1) inner = std::make_shared<direct>(a, p);
        t = a;
    }
};

static std::unique_ptr<base> made(int k, float a, float *p) {
    if (k == 1) return std::make_unique<direct>(a, p);
    return std::unique_ptr<base>(new holder(a, k, p));
}

static float f(float x, int k) {
    float u[4] = {sinf(x), 0.5f, x * x, 0.25f};
    std::unique_ptr<base> o = made(k, 1.25f, u);
    o->step(u, 2);
    return u[1];
}

struct rec {
    float p;
    int k;
    float q[4];
};
static rec state;

static float exchanged(float x, int n) {
    rec s{x, n, {x * x, x, 1, 2}};
    state = s;
    float a = x, b = 2 * x;
    std::function<float(float)> g = [=](float c) { return c * s.q[n & 3]; };
    if (n > 3) g = [&](float c) { return c * s.q[0] + a * b; };
    float r = 0;
    for (int i = 0; i < n; i++) r += g(x + i);
    return r + state.q[1];
}

static float gathered(float x, int n) {
    rec s{x, n, {x * x, x, 1, 2}};
    float y = 2 * x;
    std::vector<std::function<float(float)>> all;
    for (int i = 0; i < n; i++) all.push_back([=](float c) { return s.q[i & 1] * c + y; });
    std::function<float(float)> g = [x, y](float c) { return c * x + y; };
    float r = g(y);
    for (auto &one : all) r += one(y);
    return r;
}

extern float __enzyme_autodiff_words(void *, ...);
extern float __enzyme_fwddiff_words(void *, ...);

int main() {
    float x = 0.6f;
    double inner = sin((x * x - 0.75) * 1.25) + sin(x);
    double want[] = {cos(inner) * (cos((x * x - 0.75) * 1.25) * 2.5 * x + cos(x)), 2.5 * x};
    for (int k = 1; k < 4; k++) {
        CHECK_CLOSE(__enzyme_autodiff_words((void *)f, enzyme_out, x, enzyme_const, k), want[k > 1], 1e-5);
        CHECK_CLOSE(__enzyme_fwddiff_words((void *)f, enzyme_dup, x, 1.f, enzyme_const, k), want[k > 1], 1e-5);
    }
    const double exchanged_wants[] = {3, 7, 12 * x * x + 28 * x + 1};
    for (int n = 2; n < 5; n++) {
        double wanted = exchanged_wants[n - 2];
        CHECK_CLOSE(__enzyme_autodiff_words((void *)exchanged, enzyme_out, x, enzyme_const, n), wanted, 1e-4);
        CHECK_CLOSE(__enzyme_fwddiff_words((void *)exchanged, enzyme_dup, x, 1.f, enzyme_const, n), wanted, 1e-4);
    }
    for (int n = 1; n < 4; n++) {  // 2x^2 + 2x, and 2x^3 + 2x or 2x^2 + 2x for each
        double wanted = 4 * x + 2 + (6 * x * x + 2) * ((n + 1) / 2) + (4 * x + 2) * (n / 2);
        CHECK_CLOSE(__enzyme_autodiff_words((void *)gathered, enzyme_out, x, enzyme_const, n), wanted, 1e-4);
        CHECK_CLOSE(__enzyme_fwddiff_words((void *)gathered, enzyme_dup, x, 1.f, enzyme_const, n), wanted, 1e-4);
    }
    return report();
}
