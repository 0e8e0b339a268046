// Nodes that a static list held before the derivative have no shadow, but its head has one: where the library links such
// nodes in another way, the program ends and says so. (Nodes were linked a second time, or the shadow of the head led to
// nodes that were gone.) Lists that are filled in the function, or empty, are right.
#include "ends.h"
#include "probe.hpp"
#include <list>

#ifndef STORAGE
#define STORAGE static
#endif

STORAGE std::list<double> a, b;

static void fill() {
    a.assign({1, 2, 3});
    b.assign({0.5, 1.5});
}

static void clear() {
    a.clear(), b.clear();
}

static double sum(const double *x) {
    double s = 0;
    int k = 1;
    for (double v : a) s += v * x[1] * k++;
    for (double v : b) s += v * v * x[0] * k++;
    return s;
}

static void add(const double *x) {
    a.push_back(x[0]), a.push_front(x[0] * x[1]), b.push_back(x[1]);
}

double reversed(const double *x, int n) {
    a.reverse();
    if (x[0] > n) add(x);
    return sum(x);
}

double swapped(const double *x, int n) {
    a.swap(b);
    if (x[0] > n) add(x);
    return sum(x);
}

double taken_out(const double *x, int n) {
    a.pop_front();
    if (x[0] > n) add(x);
    return sum(x);
}

double swapped_with_old(const double *x, int) {
    a.clear(), add(x);
    a.swap(b), a.clear();
    return sum(x);
}

double right(const double *x, int) {
    clear();
    a.swap(b), a.reverse(), add(x);
    a.swap(b), a.reverse(), a.splice(a.begin(), b, b.begin()), b.pop_front();
    const double s = sum(x);
    clear();
    return s;
}

template <class F> static void end(const char *name, F *f, bool reverse) {
    double x[] = {0.3, 0.7}, dx[] = {1, 0};
    fill();
    IN_CHILD(if (reverse) __enzyme_autodiff<void>((void *)f, enzyme_dup, x, dx, enzyme_const, 2);
             else __enzyme_fwddiff<double>((void *)f, enzyme_dup, x, dx, enzyme_const, 2));
    clear();
    if (child_exit < 0 && is_right_or_said("cxx_static_list_before.cpp", "have no shadow")) return;
    std::printf("%s: %d %s\n", name, child_exit, child_said);
    failures++;
}

#define ENDS(f) end(#f, f, false), end(#f, f, true)

int main() {
    PROBE(right, {0.3, 0.7});
    ENDS(reversed);
    ENDS(swapped);
    ENDS(taken_out);
    ENDS(swapped_with_old);
    return failures != 0;
}
