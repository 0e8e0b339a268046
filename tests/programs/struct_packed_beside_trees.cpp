// A packed member behind a map in an object: its numbers overlap with where a node of the map would have its own.
#include "check.hpp"
#include <map>

#pragma pack(push, 1)
struct Record {
    char times;
    double value;
    short id;
};
#pragma pack(pop)

struct Base {
    double scale = 0.5;
    std::map<int, double> table;
    virtual ~Base() = default;
    virtual double scaled() const { return scale + (table.empty() ? 0 : table.rbegin()->second); }
};

struct Item : Base {
    Record record;
    double last;
    double scaled() const override { return Base::scaled() * 2; }
};

__attribute__((noinline)) static double read(const Item &item, double sum) {
    return (sum + item.last * 0.65 + item.record.value * 1.51 * item.record.times) * item.scaled();
}

double copied(double x) {
    Item a{};
    a.record.times = 3;
    a.record.value = x * x;
    a.record.id = 2;
    a.last = x * 2;
    a.scale = x + 1;
    a.table[3] = x;
    double sum = 0.3;
    Item both[2] = {a, a};
    for (auto &item : both) sum = 0.4 * sum + (0.1 + item.record.value * 0.48 * item.record.times) * item.scaled();
    return read(a, sum * 0.5);
}

int main() {
    CHECK_AT(copied, 0.7);
    return report();
}
