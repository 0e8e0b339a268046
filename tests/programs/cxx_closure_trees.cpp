// Trees of std::function whose closures lie on the heap and hold others: the function that hands out a closure hands out
// its type instead if it is told so, in the same place. Types lead to constants; closures do not lead to types.
#include "probe.hpp"
#include <functional>
#include <typeinfo>

using map = std::function<double(double)>;

map compose(map f, map g) {
    return [f, g](double y) { return f(g(y)); };
}
map scaled(double by, map f) {
    return [by, f](double y) { return by * f(y); };
}
map sum(map f, map g) {
    return [f = std::move(f), g = std::move(g)](double y) { return f(y) + g(y); };
}
double tree(const double *x, int) {
    map identity = [](double y) { return y; }, square = [](double y) { return y * y; };
    map sine = [](double y) { return std::sin(y); };
    map all = sum(scaled(x[0], compose(square, sine)), compose(scaled(x[1], sine), sum(square, scaled(x[2], identity))));
    return all(x[2]) + all(1.5) / 2;
}

struct named {
    const std::type_info *type;
    const double *at;
};
double told(const double *x, int n) {
    int number = n;
    const named all[] = {{&typeid(double), x}, {&typeid(int), (const double *)&number}, {&typeid(float), x + 1}};
    double sum = 0;
    for (auto &one : all) {
        const std::type_info *type = one.at == x + 1 ? &typeid(double) : one.type;
        if (*type == typeid(double)) sum += *one.at * *one.at;
        if (*type == typeid(int)) sum += *(const int *)one.at * x[2];
        sum *= type->name()[0] == 'd' ? x[0] : x[1];
    }
    return sum;
}

int main() {
    PROBE(tree, {.5, 1.25, .75});
    PROBE(told, {.5, 1.25, .75});
    return failures != 0;
}
