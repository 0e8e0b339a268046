// Shared owners of objects of several classes in LLVM's library, whose counters end in it; its std::functions.
// flags: -stdlib=libc++
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include "probe.hpp"
#include <algorithm>
#include <functional>
#include <memory>

struct Potential {
    virtual ~Potential() = default;
    virtual double energy(const std::vector<double> &q) const = 0;
};
struct Trap : Potential {
    double k;
    explicit Trap(double k) : k(k) {}
    double energy(const std::vector<double> &q) const override {
        double sum = 0;
        for (double v : q) sum += k * v * v;
        return sum;
    }
};
struct Sum : Potential {
    std::vector<std::shared_ptr<Potential>> parts;
    double energy(const std::vector<double> &q) const override {
        double sum = 0;
        for (auto &part : parts) sum += part->energy(q);
        return sum;
    }
};

class Watched {
    std::shared_ptr<const Potential> potential;
    std::vector<std::function<void(double)>> hooks;

public:
    explicit Watched(std::shared_ptr<const Potential> p) : potential(std::move(p)) {}
    virtual ~Watched() = default;
    void hook(std::function<void(double)> f) { hooks.push_back(std::move(f)); }
    virtual double run(const std::vector<double> &q) {
        double e = potential->energy(q);
        for (auto &f : hooks) f(e);
        return e;
    }
};

double watched(const double *x, int n) {
    double highest = 0, last = 0;
    std::unique_ptr<Watched> w = std::make_unique<Watched>(std::make_shared<Trap>(x[0]));
    w->hook([&](double e) { highest = std::max(highest, e); });
    w->hook([&last, k = x[1]](double e) { last = k * e; });
    double e = w->run({x, x + n});
    w = std::make_unique<Watched>(std::make_shared<Trap>(e));
    return w->run({highest, last});
}

double owners(const double *x, int n) {
    auto sum = std::make_shared<Sum>();
    sum->parts = {std::make_shared<Trap>(x[0]), std::make_shared<Trap>(x[1] * x[2])};
    std::shared_ptr<const Potential> all = sum;
    sum.reset();
    return all->energy({x, x + n});
}

// closures in the function object and on the heap; none is of a class that is not known
double gathered(const double *x, int n) {
    std::vector<std::function<double(double)>> all;
    for (int i = 0; i < 2 * n; i++)
        if (i % 2)
            all.push_back([k = x[0]](double t) { return k * t; });
        else
            all.emplace_back([a = x[0], b = x[1], c = x[2], i](double t) { return a * t + b * c * i; });
    auto copy = all;
    double sum = 0;
    for (auto &f : copy) sum += f(x[1]);
    return sum;
}

int main() {
    PROBE(watched, {0.6, 0.7, 0.4});
    PROBE(owners, {0.6, 0.7, 0.4});
    PROBE(gathered, {0.6, 0.7, 0.4});
    return failures != 0;
}
