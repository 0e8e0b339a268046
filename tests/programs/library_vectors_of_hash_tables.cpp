// Vectors of hash tables: steps through buckets, one of which lies in the table, folded the tables to words.
#include "check.hpp"
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

double rows(double x) {
    std::vector<std::unordered_map<int, double>> matrix;
    for (int i = 0; i < 4; i++) {
        std::unordered_map<int, double> row{{i, 2 + x}};
        row[(i + 1) % 4] -= x * x * i;
        matrix.push_back(row);
    }
    matrix.erase(matrix.begin());
    double sum = 0;
    for (auto &row : matrix)
        for (auto &[column, value] : row) sum += value * value * (column + 1);
    return sum;
}

struct Neuron {
    std::unordered_map<std::string, double> weights;
    std::vector<double> history;
    int number;
};

double sorted(double x) {
    std::vector<Neuron> layer;
    for (int i = 0; i < 3; i++) {
        Neuron one{{{"bias", x * i}}, {x, x * x}, i};
        one.weights["n" + std::to_string(i)] = x + i;
        layer.push_back(std::move(one));
    }
    std::sort(layer.begin(), layer.end(), [](auto &a, auto &b) { return a.number > b.number; });
    double sum = 0;
    for (size_t i = 0; i < layer.size(); i++)
        for (auto &[name, value] : layer[i].weights) sum += value * layer[i].history[i % 2] * (i + 1);
    return sum;
}

int main() {
    CHECK_AT(rows, 0.7);
    CHECK_AT(sorted, 0.7);
    return report();
}
