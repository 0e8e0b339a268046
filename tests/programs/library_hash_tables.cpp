// Hash tables of structs and vectors, as members of a class: the table's own link and bucket are part of it.
#include "probe.hpp"
#include <memory>
#include <unordered_map>

struct Particle {
    double at, force;
};
struct Cells {
    double scale;
    std::vector<Particle> particles;
    std::unordered_map<int, std::vector<int>> cells;
    double energy = 0;

    void bin() {
        cells.clear();
        for (int i = 0; i < (int)particles.size(); i++) cells[(int)std::floor(particles[i].at / 2.5)].push_back(i);
    }
    double step() {
        bin();
        for (auto &p : particles) p.force = 0;
        for (auto &p : particles) {
            auto found = cells.find((int)std::floor(p.at / 2.5));
            if (found == cells.end()) continue;
            for (int j : found->second) {
                double d = scale * (p.at - particles[j].at);
                energy += d * d;
                p.force += d;
            }
        }
        for (auto &p : particles) p.at += 0.1 * p.force;
        return energy;
    }
};

double cell_lists(const double *x, int n) {
    auto c = std::make_unique<Cells>();
    c->scale = x[0];
    for (int i = 0; i < 9; i++) c->particles.push_back({x[i % n] * (i % 4), 0});
    double sum = 0;
    for (int i = 0; i < 3; i++) sum += c->step();
    return sum;
}

struct Row {
    double mass = 0;
    std::vector<double> values;
    std::shared_ptr<double> square;
};

double rows(const double *x, int n) {
    std::unordered_map<int, Row> rows;
    std::unordered_multimap<int, const double *> all;
    for (int i = 0; i < 20; i++) {
        Row &row = rows[i % 7];
        row.mass += x[i % n];
        row.values.push_back(row.mass * x[0]);
        row.square = std::make_shared<double>(row.mass * row.mass);
        all.emplace(i % 3, x + i % n);
    }
    rows.erase(3);
    auto copy = rows;
    copy[0].values[0] = x[1] * x[2];
    auto taken = rows.extract(1);
    taken.key() = 9;
    rows.insert(std::move(taken));
    double sum = copy[0].values[0] * rows.at(9).mass;
    for (auto &[key, row] : rows) sum += row.mass * *row.square + key * row.values.back();
    for (auto [at, end] = all.equal_range(1); at != end; ++at) sum += *at->second * *at->second;
    return sum;
}

int main() {
    PROBE(cell_lists, {0.8, 1.05, 0.4});
    PROBE(rows, {0.8, 1.05, 0.4});
    return failures != 0;
}
