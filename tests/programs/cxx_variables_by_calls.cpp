// Functions that stay calls, and copy, fill or replace static variables without taking or returning anything.
#include "check.hpp"
#include <cstring>
#include <utility>

struct State {
    double v[8];
    int n;
    double *p;
};
static double a[16], b[16], large[2000], larger[2001];
static State now, saved;
static const double start[4] = {3, 1, 2, 5};
static volatile int seen; // keeps the calls
static int two = 2;

[[gnu::noinline]] static void copied() {
    seen = 1;
    std::memcpy(a, b, sizeof a);
}
[[gnu::noinline]] static void cleared() {
    seen = 1;
    std::memset(a, 0, sizeof a);
}
[[gnu::noinline]] static void assigned() {
    seen = 1;
    now = saved;
}
[[gnu::noinline]] static void moved() {
    seen = 1;
    std::memmove(large, larger + 1, sizeof large);
}
[[gnu::noinline]] static void started() {
    seen = 1;
    std::memcpy(a, start, sizeof start);
}
[[gnu::noinline]] static void exchanged() {
    seen = 1;
    std::swap(now, saved);
}
static void often(int n) { // in C, recursion keeps them
    if (n > 0) return often(n - 1);
    std::memcpy(b, a, sizeof b);
}

static double by_copy(double x) {
    b[1] = x * x;
    copied();
    return a[two - 1] * x;
}
static double by_clearing(double x) {
    a[0] = a[1] = x;
    cleared();
    a[0] += x * x;
    return a[0] * 3 + a[two - 1];
}
static double by_assignment(double x) {
    saved.v[2] = x * x, saved.n = 3;
    assigned();
    return now.v[two] * now.n;
}
static double by_moving(double x) {
    larger[1] = x * x;
    moved();
    return large[two - 2] * 3;
}
static double by_constants(double x) {
    a[0] = x;
    started();
    return a[two - 2] * x * x;
}
static double by_exchange(double x) {
    now.v[3] = x, saved.v[3] = x * x, now.p = a, saved.p = b;
    exchanged();
    b[0] = now.v[3] * saved.v[3];
    return now.p[0] * 3;
}
static double by_recursion(double x) {
    a[3] = x * x;
    often(two);
    return b[two + 1] * x;
}

int main() {
    CHECK_AT(by_copy, 1.5);
    CHECK_AT(by_clearing, 1.5);
    CHECK_AT(by_assignment, 1.5);
    CHECK_AT(by_moving, 1.5);
    CHECK_AT(by_constants, 1.5);
    CHECK_AT(by_exchange, 1.5);
    CHECK_AT(by_recursion, 1.5);
    return report();
}
