// Vectors, arrays, deques and lists, filled, moved and looked at.
#include "probe.hpp"
#include <array>
#include <deque>
#include <forward_list>
#include <list>
#include <numeric>
#include <utility>
#include <vector>

double pushed(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v;
    for (int i = 0; i < n; i++) v.push_back(x[i] * x[i]);
    double s = 0;
    for (double d : v) s += std::sin(d);
    return s;
}

double vectors_of_vectors(const double *x, [[maybe_unused]] int n) {
    std::vector<std::vector<double>> v(n, std::vector<double>(n));
    for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) v[i][j] = x[i] * x[j] * (i + 1);
    double s = 0;
    for (auto &r : v) for (double d : r) s += d * d;
    return s;
}

double arrays(const double *x, [[maybe_unused]] int n) {
    std::array<double, 3> a{x[0], x[1], x[2]};
    std::array<std::array<double,3>,3> m{};
    for (int i=0;i<3;i++) for (int j=0;j<3;j++) m[i][j]=a[i]*a[j];
    double s=0;
    for (auto &r : m) s += std::accumulate(r.begin(), r.end(), 0.0);
    return s;
}

double both_ends(const double *x, [[maybe_unused]] int n) {
    std::deque<double> d;
    for (int i = 0; i < n; i++) {
        d.push_back(x[i]);
        d.push_front(x[i] * 2);
    }
    double s = 1;
    while (!d.empty()) {
        s *= d.front() + 0.5;
        d.pop_front();
    }
    return s;
}

double linked(const double *x, [[maybe_unused]] int n) {
    std::list<double> l;
    for (int i = 0; i < n; i++) {
        l.push_back(x[i]);
        l.push_front(x[i] * x[i]);
    }
    double s = 0;
    int k = 1;
    for (double d : l) s += d * d * k++;
    return s;
}

double linked_anew(const double *x, [[maybe_unused]] int n) {
    std::list<double> l, other;  // LLVM keeps their sizes, which lie where numbers do in nodes, in registers
    for (int i = 0; i < n; i++) {
        l.push_back(x[i]);
        other.push_back(std::cos(x[i]));
        other.push_back(x[i]);
    }
    other.remove_if([](double d) { return d < 0; });
    l.sort();
    other.sort();
    l.merge(other);
    l.unique();
    double s = 0;
    int k = 1;
    for (double d : l) s += d * d * k++;
    return s;
}

double linked_once(const double *x, [[maybe_unused]] int n) {
    std::forward_list<double> l;
    for (int i = 0; i < n; i++) l.push_front(x[i] * x[i]);
    double s = 0;
    int k = 1;
    for (double d : l) s += d * k++;
    return s;
}

double inserted(const double *x, [[maybe_unused]] int n) {
    std::vector<double> v;
    for (int i = 0; i < n; i++) v.insert(v.begin(), x[i] * i);
    v.erase(v.begin() + 1);
    v.resize(n + 2, x[0]);
    double s = 0;
    for (size_t i = 0; i < v.size(); i++) s += v[i] * v[i] * i;
    return s;
}

struct Flags {
    double first;
    std::vector<bool> some;
    double scale;
    std::vector<bool> others;
    double last;
};

struct Two {
    Flags a;
    double between;
    Flags b;
};

static double read(const Flags &flags, double sum) {
    sum += std::sin(flags.first);
    for (size_t i = 0; i < flags.others.size(); i++) sum += flags.others[i] ? flags.last * i : 0;
    for (size_t i = 0; i < flags.some.size(); i++) sum += flags.some[i] ? flags.scale * i : 0;
    return sum;
}

double swapped_with_padding(const double *x, [[maybe_unused]] int n) {
    Flags flags{};
    flags.first = x[0];
    flags.some.assign(4, true);
    flags.some[1] = false;
    flags.scale = x[1] * x[2];
    flags.others.assign(5, true);
    flags.others[1] = false;
    flags.last = x[2];
    Two two{flags, x[2], flags};
    two.b.first = x[1] * x[1];
    Two other = two;
    std::swap(two.a, two.b);
    return 0.3 * read(two.a, 0.5) * other.between + read(other.a, 0.1) + read(other.b, 0.2);
}

// LLVM measures what its deque's table holds by halves and quarters of elements.
double at_the_end(const double *x, int n) {
    std::deque<double> d;
    double s = 0;
    for (int i = 0; i < 4 * n; i++) d.push_back(x[i % n] * (1 + i)), s += d.back() * x[0];
    return s * d.front();
}

double within(const double *x, int n) {
    std::deque<double> d;
    for (int i = 0; i < 4 * n; i++) d.push_back(x[i % n] * (1 + i));
    d.insert(d.begin() + 1, x[0] * x[1]);
    d.erase(d.begin() + 3);
    double s = 0;
    for (auto it = d.rbegin(); it != d.rend(); ++it) s = 0.9 * s + *it * x[1];
    return s;
}

int main() {
    PROBE(at_the_end, {0.3, 0.7, 1.3});
    PROBE(within, {0.3, 0.7, 1.3});
    PROBE(pushed, {1, 2, 3});
    PROBE(vectors_of_vectors, {1, 2, 3});
    PROBE(arrays, {1, 2, 3});
    PROBE(both_ends, {0.3, 0.7, 1.3});
    PROBE(linked, {1, 2, 3});
    PROBE(linked_anew, {0.3, 0.7, 1.9});
    PROBE(linked_once, {1, 2, 3});
    PROBE(inserted, {1, 2, 3});
    PROBE(swapped_with_padding, {0.9, 0.4, 1.3});
    return failures != 0;
}
