// Markers of every kind in a `try`: what their derivatives throw is caught there, and nothing leaks.
#include "check.hpp"
#include <stdexcept>
#include <vector>

template <class R, class... A> R __enzyme_augmentfwd(A...);
template <class R, class... A> R __enzyme_reverse(A...);
template <class R, class... A> R __enzyme_call_inactive(A...);

static int released;
struct Scope {
    ~Scope() { released++; }
};

[[gnu::noinline]] static double square(double x) {
    Scope scope;
    if (x > 2) throw std::runtime_error("square");
    return x * x;
}
[[gnu::noinline]] static double cube(double x) {
    if (x > 3) throw 5;
    return x * x * x;
}
[[gnu::noinline]] static double chain(double x) {
    std::vector<double> v;
    for (int i = 0; i < 5; i++) v.push_back(x * i);
    double s = 0;
    for (double y : v) {
        s += y * y * s + std::sin(y);
        if (s > 1000) throw std::runtime_error("chain");
    }
    return s;
}

static double of_two(bool first, double x) {
    int before = released;
    try {
        Scope scope;
        before++;
        return __enzyme_autodiff<double>(first ? (void *)square : (void *)cube, x);
    } catch (std::exception &) {
        return -1 - 100 * (released - before < 1);
    } catch (int number) {
        return -number;
    }
}

struct Augmented {
    void *tape;
    double y;
};
static double in_halves(double x) {
    const char *where = "first";
    try {
        Augmented a = __enzyme_augmentfwd<Augmented>((void *)chain, x);
        where = "second";
        return __enzyme_reverse<double>((void *)chain, x, 1.0, a.tape);
    } catch (std::exception &) {
        return where[0] == 'f' ? -1 : -2;
    }
}

[[gnu::noinline]] static void log_it(double x) {
    if (x > 4) throw x;
}
static double logged(double x) {
    double at = x;
    try {
        at = 2 * x;
        __enzyme_call_inactive<void>((void *)log_it, x);
        at = 3 * x;
    } catch (double) {
        return at * x;
    }
    return at * x * x;
}

// Derivatives by hand, of twice the slope, throw where the function does.
[[gnu::noinline]] double ruled(double x) {
    if (x > 2) throw 7;
    return x * x;
}
double ruled_augmented(double x) {
    if (x > 2) throw 7;
    return x * x;
}
double ruled_reverse(double x, double seed) { return 4 * x * seed; }
struct Pair {
    double primal, tangent;
};
Pair ruled_tangent(double x, double dx) {
    if (x > 2) throw 7;
    return {x * x, 4 * x * dx};
}
extern "C" {
void *__enzyme_register_gradient_ruled[] = {(void *)ruled, (void *)ruled_augmented, (void *)ruled_reverse};
void *__enzyme_register_derivative_ruled[] = {(void *)ruled, (void *)ruled_tangent};
}
static double by_hand(double x) {
    std::vector<double> v{x, x * x};
    try {
        return ruled(v[0]) * v[1];
    } catch (int number) {
        return number * v[1];
    }
}

int main() {
    check_close("square", of_two(true, 1.5), 3);
    check_close("cube", of_two(false, 1.5), 6.75);
    check_close("square throws", of_two(true, 2.5), -1);
    check_close("cube throws", of_two(false, 3.5), -5);
    check_close("in halves", in_halves(0.5), slope(chain, 0.5));
    check_close("the first half throws", in_halves(20.5), -1);
    CHECK_AT(logged, 3);
    CHECK_AT(logged, 5);
    check_close("by hand, reverse", __enzyme_autodiff<double>((void *)by_hand, 1.5), 6 * 1.5 * 1.5 * 1.5);
    check_close("by hand, forward", __enzyme_fwddiff<double>((void *)by_hand, 1.5, 1.0), 6 * 1.5 * 1.5 * 1.5);
    check_close("by hand, thrown", __enzyme_autodiff<double>((void *)by_hand, 2.5), 35);
    check_close("by hand, thrown", __enzyme_fwddiff<double>((void *)by_hand, 2.5, 1.0), 35);
    return report();
}
