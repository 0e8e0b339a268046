// Thrown and caught inside, thrown through the derivative, cleanups on all ways out.
#include "check.hpp"
#include <memory>
#include <stdexcept>
#include <vector>

static int alive;

struct Scale {
    double &value, factor;
    Scale(double &value, double factor) : value(value), factor(factor) { alive++; }
    ~Scale() {
        value *= factor;
        alive--;
    }
};

static double thrown_and_caught(double x) {
    try {
        if (x > 1) throw 3;
        return x * x;
    } catch (int k) {
        return x * x * x * k;
    }
}

static double destructors_run(double x) {
    double r = x;
    try {
        Scale scale(r, x);
        r = r * r;
        if (x > 0) throw std::runtime_error("no");
    } catch (std::exception &) {
        r += x;
    }
    return r;
}

static double in_a_loop(double x) {
    double s = 0;
    for (int i = 0; i < 10; i++) {
        try {
            if (i % 3 == 1) throw i;
            s += x * x;
        } catch (int k) {
            s += k * std::sin(x);
        }
    }
    return s;
}

static double thrown_again(double x) {
    try {
        try {
            throw 1.5;
        } catch (double) {
            throw;
        }
    } catch (...) {
        return x * x;
    }
    return 0;
}

static double by_the_library(double x) {
    std::vector<double> v(3, x);
    try {
        return v.at(5);
    } catch (const std::out_of_range &) {
        return v.at(1) * v.at(2);
    }
}

static double never_thrown(double x) noexcept {
    std::vector<std::unique_ptr<double>> v;
    for (int i = 0; i < 5; i++) v.push_back(std::make_unique<double>(x * i));
    double s = 0;
    for (auto &p : v) s += *p * *p;
    return s * *v.at(1);
}

static double grows(double x, int n) {
    double r = 1;
    Scale scale(r, 2);
    std::vector<double> v;
    for (int i = 0; i < n; i++) {
        v.push_back(x * i);
        if (i == 5) throw std::runtime_error("five");
    }
    for (double y : v) r += y * y;
    return r;
}
static double short_one(double x) { return grows(x, 4); }
static double long_one(double x) { return grows(x, 9); }

int main() {
    CHECK_AT(thrown_and_caught, 2.0);
    CHECK_AT(thrown_and_caught, 0.5);
    CHECK_AT(destructors_run, 1.5);
    CHECK_AT(destructors_run, -1.5);
    CHECK_AT(in_a_loop, 0.7);
    CHECK_AT(thrown_again, 0.3);
    CHECK_AT(by_the_library, 0.8);
    CHECK_AT(never_thrown, 0.4);
    CHECK_AT(short_one, 1.3);
    int caught = 0;
    for (int i = 0; i < 3; i++) {
        try {
            __enzyme_autodiff<double>((void *)long_one, 1.0);
        } catch (std::runtime_error &) {
            caught++;
        }
        try {
            double mine = 1;
            Scale scale(mine, 1);
            __enzyme_fwddiff<double>((void *)long_one, 1.0, 1.0);
        } catch (std::runtime_error &) {
            caught++;
        }
    }
    check_close("caught", caught, 6);
    check_close("alive", alive, 0);
    return report();
}
