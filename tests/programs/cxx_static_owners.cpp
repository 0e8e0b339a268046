// Static variables that own objects which own blocks themselves: all of these are scratch memory, too. What lies there
// when a derivative starts gets a shadow, of classes with virtual functions by what the object's table says.
#include "probe.hpp"
#include <array>
#include <memory>

// Layers keep what they have put out.
struct Layer {
    virtual ~Layer() = default;
    virtual const std::vector<double> &forward(const std::vector<double> &v) = 0;
};

struct Dense : Layer {
    std::vector<double> weights, out;
    Dense(int n, int m) : weights(n * m), out(m) {
        for (int i = 0; i < n * m; i++) weights[i] = 0.1 * (i % 7) - 0.2;
    }
    const std::vector<double> &forward(const std::vector<double> &v) override {
        const int n = v.size();
        for (unsigned i = 0; i < out.size(); i++) {
            out[i] = 0;
            for (int j = 0; j < n; j++) out[i] += weights[i * n + j] * v[j];
        }
        return out;
    }
};

struct Tanh : Layer {
    int calls = 0;
    std::vector<double> y;
    const std::vector<double> &forward(const std::vector<double> &v) override {
        y.resize(v.size());
        for (unsigned i = 0; i < v.size(); i++) y[i] = std::tanh(v[i]);
        calls++;
        return y;
    }
};

static std::vector<std::unique_ptr<Layer>> net;

double layers(const double *x, int n) {
    std::vector<double> in(x, x + n);
    const std::vector<double> *v = &in;
    for (auto &layer : net) v = &layer->forward(*v);
    double s = 0;
    for (double e : *v) s += e * e;
    return s;
}

// Pointers that an earlier call has set lead from one block to another.
struct Steps {
    std::vector<double> a, b;
    double *now, *next, *half, bias = 0.5;
};
static std::unique_ptr<Steps> steps;

double pointers(const double *x, int n) {
    if (!steps) {
        steps = std::make_unique<Steps>();
        steps->a.resize(16), steps->b.resize(16);
        steps->now = steps->a.data(), steps->next = steps->b.data(), steps->half = steps->a.data() + 8;
    }
    for (int i = 0; i < n; i++) steps->now[i] = x[i] * x[0] + steps->bias;
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < n; i++) steps->next[i] = steps->now[i] * steps->now[(i + 1) % n] + x[i];
        std::swap(steps->now, steps->next);
    }
    steps->half[0] = x[1];
    double s = steps->a[8] * steps->half[0];
    for (int i = 0; i < n; i++) s += steps->now[i] + steps->b[i] * steps->a[i];
    return s;
}

// Replaced, and given back, by the function itself.
struct Work {
    int n;
    std::vector<double> a;
    std::vector<std::vector<double>> rows;
    std::unique_ptr<double[]> raw;
    explicit Work(int n) : n(n), a(n), rows(n), raw(new double[n]) {
        for (auto &row : rows) row.resize(n);
    }
};
static std::unique_ptr<Work> work;

double replaced(const double *x, int n) {
    if (!work || work->n < n) work.reset(new Work(n));
    for (int i = 0; i < n; i++) work->a[i] = x[i] * x[0], work->raw[i] = x[i] * x[i];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) work->rows[i][j] = work->a[i] * work->raw[j];
    double s = 0;
    for (auto &row : work->rows)
        for (double d : row) s += d * d;
    if (n == 2) work.reset();
    return s;
}

// Arrays of vectors, and vectors of structs with vectors.
struct Turns {
    std::vector<double> plain[2];
    std::array<std::vector<double>, 2> more;
};
struct Item {
    std::vector<double> out;
    double last = 0;
};
static Turns turns;
static std::vector<Item> items;

double arrays(const double *x, int n) {
    for (auto &one : turns.plain) one.assign(n, 0.0);
    for (auto &one : turns.more) one.resize(n);
    if ((int)items.size() < n) items.resize(n);
    for (int i = 0; i < n; i++) turns.plain[0][i] = x[i] * x[i], turns.more[0][i] = x[i];
    for (int t = 0; t < 3; t++)
        for (int i = 0; i < n; i++) {
            turns.plain[1 - t % 2][i] = turns.plain[t % 2][i] * x[0] + 1;
            turns.more[1 - t % 2][i] = turns.more[t % 2][i] * turns.plain[0][i];
        }
    double s = 0;
    for (int i = 0; i < n; i++) {
        items[i].out.assign(n, turns.plain[1][i]);
        items[i].last = items[i].out[0] * turns.more[1][i];
    }
    for (int i = 0; i < n; i++) s += items[i].last * items[i].out[n - 1];
    return s;
}

// Elements that ask for more alignment than blocks have: their blocks come from an operator of their own.
struct alignas(64) Wide {
    double v[8];
};
static std::vector<Wide> wide;

double aligned(const double *x, int n) {
    wide.resize(wide.size() + 1);
    double s = 0;
    for (auto &one : wide)
        for (int i = 0; i < 8; i++) one.v[i] = x[i % n] * x[0];
    for (auto &one : wide)
        for (int i = 0; i < 8; i++) s += one.v[i] * one.v[7 - i];
    wide.pop_back();
    wide.shrink_to_fit();
    return s;
}

// A vector that lies there only now and then.
struct Sometimes {
    bool many = false;
    union {
        unsigned long key[3];
        std::vector<double> values;
    };
    Sometimes() : key{1, 2, 3} {}
    ~Sometimes() {
        if (many) values.~vector();
    }
};
static Sometimes sometimes;

double union_of(const double *x, int n) {
    double s = 0;
    if (sometimes.many) {
        for (int i = 0; i < n; i++) sometimes.values[i] = x[i] * x[0];
        for (double d : sometimes.values) s += d;
    }
    return s + x[0];
}

int main() {
    net.push_back(std::make_unique<Dense>(3, 4));
    net.push_back(std::make_unique<Tanh>());
    net.push_back(std::make_unique<Dense>(4, 2));
    PROBE(layers, {0.3, 0.7, -0.4});
    PROBE(pointers, {0.3, 0.7, -0.4});
    PROBE(pointers, {0.1, 0.2});
    PROBE(replaced, {0.3, 0.7, -0.4});
    work.reset();
    PROBE(replaced, {0.3, 0.7});
    PROBE(replaced, {0.3, 0.7, 0.1, 1.2});
    PROBE(arrays, {0.3, 0.7, -0.4});
    PROBE(arrays, {0.3, 0.7, 0.1, 1.2});
    wide.resize(3);
    PROBE(aligned, {0.3, 0.7, -0.4});
    PROBE(union_of, {0.3, 0.7, -0.4});
    return failures != 0;
}
