// Hash tables copied, assigned, moved and swapped: the buckets of a copy are the one in it, or a block.
#include "check.hpp"
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

using Named = std::unordered_map<std::string, double>;

double copied(double x) {
    Named p;
    p["beta"] = x;
    p["alpha"] = x * x;
    auto q = p;
    q["beta"] *= x;
    double sum = p["beta"];
    for (auto &[name, value] : q) sum += value * value * name.size();
    return sum;
}

double numbers(double x) {
    std::unordered_map<int, double> p;
    for (int i = 0; i < 40; i++) p[i * 7] = x * i;
    std::unordered_set<double> set{x, x * x, 1};
    auto q = p;
    auto some = set;
    q[3] = x * x;
    some.erase(1);
    double sum = 0;
    for (auto &[key, value] : q) sum += value * value * key;
    for (double value : some) sum += value * value;
    return sum;
}

struct Model {
    double scale;
    Named named;
    double last = 1;

    double sum() const {
        double sum = 0;
        for (auto &[name, value] : named) sum += value * scale;
        return sum * last;
    }
};

double members(double x) {
    Model a;
    a.scale = x;
    a.named["a"] = x * x;
    a.named["b"] = 2 * x;
    Model b = a, c;
    b.named["a"] = x * x * x;
    b.scale *= 2;
    c = b;
    c.last = x;
    return a.sum() * b.sum() + c.sum();
}

double moved(double x) {
    Named p, r;
    p["a"] = x;
    p["b"] = x * x;
    r["c"] = x * x * x;
    Named q = std::move(p);
    std::swap(q, r);
    p["n"] = x;
    r = std::move(q);
    double sum = 1;
    for (auto &[name, value] : r) sum += value * value;
    for (auto &[name, value] : p) sum *= value;
    return sum;
}

double deeper(Named named, int depth) {
    double sum = 0;
    for (auto &[name, value] : named) sum += value * value;
    if (!depth) return sum;
    named["k" + std::to_string(depth)] = sum * 0.1;
    return sum + deeper(named, depth - 1);
}

double recursive(double x) {
    Named named;
    named["a"] = x;
    named["b"] = x * x;
    return deeper(named, 4);
}

struct Tables {
    std::unordered_map<int, double> numbers;
    std::function<double(double)> scaled;
    Named named;
};

__attribute__((noinline)) static double sum_of(const Tables &tables, double sum) {
    sum += tables.scaled(1.5);
    for (auto &[key, value] : tables.numbers) sum += value * key;
    for (auto &[name, value] : tables.named) sum += value * name.size();
    return sum;
}

double two_tables(double x) {
    Tables a;
    a.numbers[3] = x * x;
    a.numbers[4] = x + 1;
    a.scaled = [x](double by) { return x * by + 1; };
    a.named["q"] = 2 * x;
    auto owner = std::make_unique<Tables>(a);
    double sum = sum_of(*owner, 0.7);
    a = std::move(*owner);
    for (int i = 0; i < 3; i++) {
        Tables b = a;
        b.numbers[1] = x * i;
        sum += 0.1 * sum_of(b, sum * 0.1);
    }
    return sum_of(a, sum);
}

int main() {
    CHECK_AT(copied, 0.7);
    CHECK_AT(numbers, 0.7);
    CHECK_AT(members, 0.7);
    CHECK_AT(moved, 0.7);
    CHECK_AT(recursive, 0.7);
    CHECK_AT(two_tables, 0.7);
    return report();
}
