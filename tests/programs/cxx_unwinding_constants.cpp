// A call that may throw, and reads local constants, beside a call that keeps something on the tape:
// what it reads is wanted, also where it unwinds to what gives the tape back.
#include "check.hpp"

struct Plane {
    double normal[3];
    Plane(const double *from, int count);
};

__attribute__((noinline)) Plane::Plane(const double *from, int count) {
    if (count > 3) throw count;
    for (int i = 0; i < count; i++) normal[i] = from[i] * from[i];
}

struct Point {
    double at[3];
};

__attribute__((noinline)) static Point turned(const double *v, double scale) {
    if (scale > 100) throw 1;
    Point result;
    for (int i = 0; i < 3; i++) result.at[i] = v[i] * v[(i + 1) % 3] * scale;
    return result;
}

double distance(double x) {
    const double at[3] = {x, x * x, 2}, normal[3] = {1, 2, 0.5};
    Point point = turned(at, x);
    Plane plane(normal, 3);
    double sum = 0;
    for (int i = 0; i < 3; i++) sum += plane.normal[i] * point.at[i];
    return sum;
}

int main() {
    CHECK_AT(distance, 0.7);
    return report();
}
