// Functions that stay calls and return the address of a variable, which nothing but that tells of: as a pointer, in a
// struct, or as a number. And structs of such addresses that are handed on.
#include "check.hpp"
#include <cstdint>

struct Counted {
    double *data;
    long count;
};
struct Weighed {
    double *data;
    double weight;
};
struct Many {
    double *data[3];
    long count;
};
static double table[4], other[4];
static volatile int seen; // keeps the calls
static int two = 2;

[[gnu::noinline]] static double *pointer(int n) {
    seen = n;
    return table;
}
[[gnu::noinline]] static Counted counted(long n) { return {table, n}; }
[[gnu::noinline]] static Counted constant(int n) {
    seen = n;
    return {table, 3};
}
[[gnu::noinline]] static Weighed weighed(int n) {
    seen = n;
    return {table, 3};
}
[[gnu::noinline]] static std::intptr_t number(int n) {
    seen = n;
    return (std::intptr_t)table;
}
[[gnu::noinline]] static std::intptr_t either(int n) {
    seen = n;
    return (std::intptr_t)(n & 1 ? other : table);
}
[[gnu::noinline]] static Many many(int n) {
    seen = n;
    if (n & 1) return {{other, other, other}, 3};
    return {{table, other, table}, 3};
}
[[gnu::noinline]] static Counted handed_on(Counted c) {
    seen = (int)c.count;
    return c;
}
static Counted again(int n) { // as LLVM leaves it: { ptr @table, i64 3 }
    if (n > 0) return again(n - 1);
    return {table, 3};
}

static double through_pointer(double x) {
    table[0] = x * x;
    return pointer(two)[0] * 3;
}
static double through_counted(double x) {
    table[0] = x * x;
    Counted c = counted(two + 1);
    return c.data[0] * c.count;
}
static double through_constants(double x) {
    table[0] = x * x;
    Counted c = constant(two);
    return c.data[0] * c.count;
}
static double through_weighed(double x) {
    Weighed w = weighed(two);
    w.data[1] = x * x; // table[1]
    return table[1] * w.weight;
}
static double through_numbers(double x) {
    table[0] = x * x;
    return ((double *)number(two))[0] + 2 * ((double *)either(two))[0];
}
static double through_many(double x) {
    table[0] = x * x;
    Many m = many(two);
    return m.data[0][0] * m.count;
}
static double through_hands(double x) {
    table[0] = x * x;
    Counted c = handed_on({table, 3}), d = again(two);
    return c.data[0] * c.count * d.data[0] * d.count;
}

int main() {
    CHECK_AT(through_pointer, 1.5);
    CHECK_AT(through_counted, 1.5);
    CHECK_AT(through_constants, 1.5);
    CHECK_AT(through_weighed, 1.5);
    CHECK_AT(through_numbers, 1.5);
    CHECK_AT(through_many, 1.5);
    CHECK_AT(through_hands, 1.5);
    return report();
}
