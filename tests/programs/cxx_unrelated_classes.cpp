// Classes that have nothing to do with each other, virtual functions at the same places: control blocks of
// shared_ptr, layers, visitors; a weak_ptr that is locked. A virtual call means functions of its own classes only.
#include "probe.hpp"
#include <memory>
#include <numeric>

struct Layer {
    virtual ~Layer() = default;
    virtual std::vector<double> forward(const std::vector<double> &) const = 0;
};
struct Dense : Layer {
    std::vector<std::vector<double>> weights;
    Dense(int in, int out, const double *&p) : weights(out, std::vector<double>(in)) {
        for (auto &row : weights)
            for (auto &w : row) w = *p++;
    }
    std::vector<double> forward(const std::vector<double> &x) const override {
        std::vector<double> y;
        for (auto &row : weights) y.push_back(std::inner_product(x.begin(), x.end(), row.begin(), 0.0));
        return y;
    }
};
namespace {
struct Squash : Layer {
    double scale;
    explicit Squash(double scale) : scale(scale) {}
    std::vector<double> forward(const std::vector<double> &x) const override {
        std::vector<double> y;
        for (double v : x) y.push_back(std::tanh(scale * v));
        return y;
    }
};
} // namespace
double network(const double *p, int) {
    std::vector<std::unique_ptr<Layer>> layers;
    layers.push_back(std::make_unique<Dense>(2, 3, p));
    layers.push_back(std::make_unique<Squash>(*p++));
    layers.emplace_back(new Dense(3, 1, p));
    std::vector<double> x{0.3, -0.7};
    for (auto &layer : layers) x = layer->forward(x);
    return x[0];
}

struct Node {
    double v;
    std::vector<std::shared_ptr<Node>> kids;
    std::weak_ptr<Node> parent;
    explicit Node(double v) : v(v) {}
    double sum() const {
        double s = v * v;
        for (auto &k : kids) s += 0.5 * k->sum();
        return s;
    }
};
double tree(const double *x, int n) {
    auto root = std::make_shared<Node>(x[0]);
    for (int i = 1; i < n; i++) {
        auto k = std::make_shared<Node>(x[i] * x[0]);
        k->parent = root;
        root->kids.push_back(k);
        if (i > 1) k->kids.push_back(root->kids[0]);
    }
    double s = root->sum();
    if (auto p = root->kids[0]->parent.lock()) s += p->v;
    return s;
}

struct Shape {
    virtual ~Shape() = default;
    virtual int corners() const { return 0; }
    virtual double area() const = 0;
};
struct Circle : Shape {
    double r;
    explicit Circle(double r) : r(r) {}
    double area() const override { return 3 * r * r; }
};
struct Square : Shape {
    std::shared_ptr<double> a;
    explicit Square(double a) : a(std::make_shared<double>(a)) {}
    int corners() const override { return 4; }
    double area() const override { return *a * *a; }
};
double shapes(const double *x, int) {
    std::vector<std::shared_ptr<Shape>> all{std::make_shared<Circle>(x[0]), std::make_shared<Square>(x[1])};
    double s = 0;
    for (auto &shape : all) s += (1 + shape->corners()) * shape->area();
    return s;
}

int main() {
    PROBE(network, {.1, .2, .3, .4, .5, .6, .7, .8, .9, -.1});
    PROBE(tree, {1.1, 2, 3, .5});
    PROBE(shapes, {1.5, 2});
    return failures != 0;
}
