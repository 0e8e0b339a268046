/* Barriers that hand a value on, and single minimum and maximum instructions of x86. */
#include "check.h"

#ifdef __x86_64__
typedef double pair __attribute__((vector_size(16)));

static pair larger(pair a, pair b) {
    pair r = a;
    __asm__("maxpd %1, %0" : "+x"(r) : "x"(b));
    return r;
}

static pair smaller(pair a, pair b) {
    pair r = b;
    __asm__("minpd %[b], %[r]" : [r] "+x"(r) : [b] "x"(a));
    return r;
}

static double smaller_one(double a, double b) {
    __asm__("minsd %1, %0" : "+x"(a) : "x"(b));
    return a;
}
#endif

static double f(double *x, int n) {
    double r = x[0] * x[n - 1];
    __asm__("" : "+g"(n));
#ifdef __x86_64__
    __asm__ volatile("" : "+x"(r) : : "memory");
    pair a = {x[0], x[1]}, b = {r, x[1] * 0.5}, c = larger(a, b), d = smaller(a, b);
    return c[0] * 2 + c[1] * 3 + d[0] * 5 + d[1] * d[1] + smaller_one(r, x[0]) + smaller_one(x[1], r);
#else
    return r * r;
#endif
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    CHECK(f, 0.3, -1.5);
    CHECK(f, -0.3, 1.5);
    CHECK(f, 3.0, 0.5);
    return report();
}
