/* Objects of different classes and one size: LLVM allocates them in front of the test for the class. */
#include <memory>
#include "check.h"

struct mixin {
    double m = 0.75;
    virtual ~mixin() = default;
    virtual double mix(double a) const { return a * m; }
};
struct base {
    double c;
    int k;
    base(double c, int k) : c(c), k(k) {}
    virtual ~base() { c = 0; }
    virtual double eval(double a) const = 0;
};
struct first : mixin, base {
    first(double a, int k) : base(a, k) { m = sin(a); }
    double eval(double a) const override { return mix(a) * c; }
};
struct third final : base, mixin {
    double &ref;
    ~third() override { c = 0; }
    third(double a, int k, double *p) : base(a, k), ref(p[1]) { m = sin(a); }
    double eval(double a) const override { return a * c; }
    double mix(double a) const override { return ref * a; }
};
struct second : base {
    std::shared_ptr<base> inner;
    second(double a, int k, double *p) : base(a, k) { if (k > 1) inner = std::make_shared<third>(a, k - 2, p); }
    ~second() override { c = 0; }
    double eval(double a) const override { return (inner ? inner->eval(a) : sin(a)) + c * k; }
};
static std::unique_ptr<base> make(int k, double a, double *p) {
    switch (k % 4) {
    case 0: case 1: return std::make_unique<first>(a, k);
    case 2: return std::make_unique<third>(a, k, p);
    default: return std::unique_ptr<base>(new second(a, k, p));
    }
}
static double f(double *x, int n) {
    double sum = 0;
    int k = 3;
    for (int i = 0; i < n; i++) {
        base *o = make(k, x[i], x).release();
        sum += o->eval(x[0]);
        if (auto *m = dynamic_cast<mixin *>(&*o)) sum += m->mix(sum);
        delete o;
        k = 0;
    }
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.7, 1.1, 0.9);
    return report();
}
