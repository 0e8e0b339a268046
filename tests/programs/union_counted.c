// An integer in the low half of a number's place is counted up; what is rounded so keeps its derivative.
#include "check.h"

typedef union {
    double d;
    uint64_t u;
    struct {
        uint32_t lo, hi;
    } w;
} Word;

typedef struct {
    int kind;
    union {
        double r;
        struct {
            int n;
            double s;
        } many;
    };
} Shape;

static volatile int two = 2;

NOINLINE static Shape grown(Shape s, double f) {
    if (s.kind == 0) s.r *= f;
    else s.many.s *= f, s.many.n += two;
    return s;
}
NOINLINE static double area(Shape s) { return s.kind == 0 ? s.r * s.r : s.many.n * s.many.s * s.many.s; }

static double shapes(double x, double y) {
    Shape s[3] = {{.kind = 0, .r = x}, {.kind = 1, .many = {3, y}}, {.kind = 0, .r = x * y}};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        s[i] = grown(s[i], y);
        sum += area(s[i]) * (i + 1) * area(grown(s[i], x));
    }
    return sum;
}
SCALAR2_TEST(shapes)

NOINLINE static uint64_t put(uint64_t w, uint64_t low) { return (w & ~0xffffffffull) | (low & 0xffffffffu); }
NOINLINE static uint64_t low(uint64_t w) { return w & 0xffffffffu; }
NOINLINE static uint64_t high(uint64_t w) { return w >> 32; }

static double rounded(double x, double y) {
    Word a = {.d = x}, b = {.d = y}, c = {.d = x * y};
    a.u = put(a.u, a.u + two);
    b.u = low(b.u) | high(b.u) << 32;
    c.w.lo += two;
    return a.d * a.d * b.d + c.d * b.d;
}
SCALAR2_TEST(rounded)

int main(void) {
    CHECK(shapes, 0.7, 1.3);
    CHECK(rounded, 0.7, 1.3);
    return report();
}
