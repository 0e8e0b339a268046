// Pointers to members: how far behind an object they lead is a number that is read from memory, so whatever lies in the
// object and is of the kind that is read there may be meant; integers beside it are not.
// flags: -std=c++20
#include "check.hpp"
#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

struct particle {
    int id;
    double x;
    float weight;
    long count;
    double y;
    const char *name;
    double field[2];
};

// What is sorted is sorted by a member that the algorithm is told.
static double sorted(double x) {
    std::vector<std::pair<double, int>> pairs;
    for (int i = 0; i < 20; i++) pairs.emplace_back(std::sin(i * 1.3 + x), i);
    std::ranges::sort(pairs, std::greater<>{}, &std::pair<double, int>::first);
    double sum = 0;
    for (auto &[value, index] : pairs) sum = 0.9 * sum + value * value * index;
    std::ranges::sort(pairs, {}, &std::pair<double, int>::second);
    for (auto &[value, index] : pairs) sum = 0.9 * sum + value * index;
    auto largest = std::ranges::max_element(pairs, {}, &std::pair<double, int>::first);
    return sum + largest->first * largest->second;
}

[[gnu::noinline]] static double total(const std::vector<particle> &all, double particle::*member) {
    double sum = 0;
    for (auto &one : all) sum += one.*member * one.id;
    return sum;
}

[[gnu::noinline]] static void scale(std::vector<particle> &all, double particle::*member, double by) {
    for (auto &one : all) one.*member *= by * one.count;
}

[[gnu::noinline]] static void set(particle &one, double particle::*to, double particle::*from, long particle::*counter) {
    one.*to = one.*from * one.*from;
    one.*counter += 1;
}

static double moved(double x) {
    std::vector<particle> all;
    for (int i = 0; i < 4; i++) all.push_back({i, x * i, 1.5f, i + 1, x + i, "one", {x, 2 * x}});
    double particle::*members[] = {&particle::x, &particle::y};
    double sum = 0;
    for (auto member : members) sum += total(all, member), scale(all, member, 1.5), sum += all[2].x * all[3].y;
    set(all[1], &particle::x, &particle::y, &particle::count);
    set(all[2], &particle::y, &particle::x, &particle::count);
    auto copies = all;
    std::swap(copies[1], copies[2]);
    for (auto member : members) sum += total(copies, member);
    for (auto &one : copies) sum += one.x * one.y * one.count + one.weight * one.field[0] * one.field[1];
    return sum;
}

// Members that nothing else touches by name.
struct plain {
    int tag;
    double a, b;
};
[[gnu::noinline]] static double &at(plain &one, double plain::*member) { return one.*member; }
static double unnamed(double x) {
    plain one{1, 0, 0}, other{2, 0, 0};
    double plain::*volatile first = &plain::a, plain::*volatile second = &plain::b;
    one.*first = x * x;
    one.*second = std::sin(x);
    other = one;
    at(other, second) += other.*first * other.tag;
    return other.*second * one.*first + at(one, second);
}

// Places that only pointers to members tell of, and that bulk copies move and clear.
struct block {
    long tag;
    double a, b, c;
    int count;
    double d;
};
using member = double block::*;
[[gnu::noinline]] static double get(const block &one, member m) { return one.*m; }
[[gnu::noinline]] static void put(block &one, member m, double value) { one.*m = value; }
[[gnu::noinline]] static double &refer(block &one, member m) { return one.*m; }
[[gnu::noinline]] static void wipe(block &one) { std::memset((void *)&one.b, 0, 16); }
[[gnu::noinline]] static void slide(block &one) { std::memmove((void *)&one.a, (void *)&one.b, 16); }
[[gnu::noinline]] static void take(block &to, const block &from) { std::memcpy((void *)&to.b, (void *)&from.a, 16); }
static double in_bulk(double x) {
    volatile int first = 0;
    const member all[] = {&block::a, &block::b, &block::c, &block::d};
    const member a = all[first], b = all[first + 1], c = all[first + 2], d = all[first + 3];
    block one{1, 0, 0, 0, 7, 0}, other = one;
    auto heap = std::make_unique<block>(one);
    put(one, a, x * x), put(one, b, std::sin(x)), put(one, c, 2 * x), put(one, d, x);
    double sum = get(one, a) * get(one, b);
    slide(one);
    sum += get(one, a) * get(one, b) * get(one, c) * one.count;
    take(other, one);
    put(one, a, x * 3);
    sum += get(other, b) * get(other, c) * get(one, a);
    refer(other, c) *= get(other, b) + other.tag;
    sum += other.c * get(other, c);
    *heap = other;
    wipe(other);
    sum += get(other, b) + get(other, c) + get(*heap, c) * get(*heap, b) * heap->count;
    put(*heap, d, get(*heap, c) * heap->c);
    for (int i = 0; i < 3; i++) {
        refer(*heap, all[(first + i) % 4]) = std::cos(get(*heap, all[(first + i + 1) % 4])) + x;
        heap->tag += i;
    }
    return sum + get(*heap, a) * get(*heap, b) + heap->c * heap->d * heap->tag;
}

struct mixed {
    float low;
    int between;
    double high;
};
static double of_two_kinds(double x) {
    std::vector<mixed> all;
    for (int i = 0; i < 3; i++) all.push_back({float(i) / 2, i, x * i});
    auto by = [](auto member) {
        return [member](const mixed &a, const mixed &b) { return a.*member > b.*member; };
    };
    std::sort(all.begin(), all.end(), by(&mixed::between));
    double sum = all[0].high;
    std::sort(all.begin(), all.end(), by(&mixed::low));
    std::sort(all.begin(), all.end(), by(&mixed::high));
    for (auto value : all | std::views::transform(&mixed::high)) sum = sum * x + value;
    return sum + std::invoke(&mixed::high, all[0]);
}

// Nothing but numbers of one type: each of them may be meant, and begins where another one ends.
struct point {
    double at, speed, mass;
};
static double all_numbers(double x) {
    std::vector<point> all;
    for (int i = 0; i < 20; i++) all.push_back({std::sin(x + i * 1.7), x * i, 1.0 + i});
    std::ranges::sort(all, {}, &point::at);
    double sum = all[3].speed * all[5].at;
    std::ranges::sort(all, std::greater{}, &point::speed);
    for (auto &one : all) sum = 0.9 * sum + one.speed * one.mass * one.at;
    return sum + std::ranges::max(all, {}, &point::at).speed;
}

// A member that functions of the library look at, which hold no derivative.
struct person {
    std::string name;
    double score;
    int age;
};
static double named(double x) {
    std::vector<person> all;
    for (int i = 0; i < 20; i++) all.push_back({std::string(1, char('a' + i * 7 % 20)) + "x", std::sin(x * (i + 1)), i * 3 % 11});
    std::ranges::sort(all, {}, &person::name);
    double sum = 0;
    for (auto &one : all) sum = 0.9 * sum + one.score * one.score * one.age;
    return sum + std::ranges::find(all, "cx", &person::name)->score;
}

int main() {
    CHECK_AT(sorted, 0.3);
    CHECK_AT(moved, 0.7);
    CHECK_AT(unnamed, 0.7);
    CHECK_AT(named, 0.7);
    CHECK_AT(in_bulk, 0.7);
    CHECK_AT(all_numbers, 0.7);
    CHECK_AT(of_two_kinds, 0.7);
    return report();
}
