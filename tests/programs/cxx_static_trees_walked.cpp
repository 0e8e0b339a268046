// Static maps that are walked, and in which nothing is sought: their nodes get shadows, too. (Only what the root leads to
// was looked at, and the program ended.)
#include "probe.hpp"
#include <map>
#include <memory>
#include <string>

struct Cell {
    double k = 1.5, last = 0.2;
    int calls = 0;
    double go(double x) { return calls++, last = x * k; }
};

static std::map<int, Cell> cells = {{1, {}}, {2, {}}, {5, {}}};

double walked(const double *x, int n) {
    double s = 0;
    for (auto &[key, cell] : cells) s = cell.go(s + x[key % n]) + cell.last * x[0];
    return s;
}

static std::map<std::string, std::vector<Cell>> groups = {{"a", std::vector<Cell>(2)}, {"b", std::vector<Cell>(1)}};

double of_groups(const double *x, int n) {
    double s = 0;
    for (auto &[name, group] : groups)
        for (auto &cell : group) s = cell.go(s + x[n - 1]) + cell.last * x[0];
    return s;
}

struct Model {
    Cell own;
    std::vector<Cell> more = std::vector<Cell>(2);
    std::unique_ptr<Cell> apart = std::make_unique<Cell>();
    std::map<int, double> sums = {{1, 0.5}, {3, 0.2}};
};
static std::unique_ptr<Model> model = std::make_unique<Model>();
static std::vector<Model> models(2);

static double run(Model &model, const double *x, int n) {
    double s = model.own.go(x[0]);
    for (auto &cell : model.more) s = cell.go(s + x[n - 1]) + cell.last * x[0];
    s += model.apart->go(s) * model.apart->k;
    for (auto &[key, sum] : model.sums) sum = x[key % n] * s, s += sum * x[0];
    return s;
}

double of_one(const double *x, int n) { return run(*model, x, n); }

double of_several(const double *x, int n) {
    double s = 1;
    for (auto &one : models) s *= run(one, x, n);
    return s;
}

int main() {
    for (int round = 0; round < 2; round++) {
        PROBE(walked, {0.3, 0.7, -0.4});
        PROBE(of_groups, {0.3, 0.7});
        PROBE(of_one, {0.3, 0.7, -0.4});
        PROBE(of_several, {0.3, 0.7});
    }
    return failures != 0;
}
