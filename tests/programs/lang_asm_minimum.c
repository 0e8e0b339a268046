/* Barriers that hand a value on, single minimum and maximum instructions of x86, and fused products. */
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

#define FUSED(name, type, instruction) \
    static type name(type a, type b, type c) { \
        __asm__(instruction " %[a], %[b], %[c]" : [c] "+x"(c) : [a] "x"(a), [b] "x"(b)); \
        return c; \
    }
FUSED(plus, pair, "vfmadd231pd")
FUSED(minus, pair, "vfmsub132pd")
FUSED(less, double, "vfnmadd213sd")
FUSED(negative, double, "vfnmsub231sd")
#endif

static double fused(double *x, int n) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("fma")) {
        pair a = {x[0], x[1]}, b = {x[1], x[n - 1] * x[0]}, c = {x[0] * x[0], 3};
        pair r = plus(a, b, c), s = minus(a, b, c);
        return r[0] + 2 * r[1] + 3 * s[0] + 5 * s[1] + less(x[0], x[1], r[0]) + negative(s[0], x[1], x[0]);
    }
#endif
    double a[2] = {x[0], x[1]}, b[2] = {x[1], x[n - 1] * x[0]}, c[2] = {x[0] * x[0], 3}, r[2], s[2];
    for (int i = 0; i < 2; i++) r[i] = a[i] * b[i] + c[i], s[i] = c[i] * a[i] - b[i];
    return r[0] + 2 * r[1] + 3 * s[0] + 5 * s[1] + (x[0] - x[1] * r[0]) + (-s[0] * x[1] - x[0]);
}
ARRAY_TEST(fused)

static double f(double *x, int n) {
    double r = x[0] * x[n - 1];
    __asm__("" : "+g"(n));
#ifdef __x86_64__
    __asm__ volatile("" : "+x"(r) : : "memory");
    pair a = {x[0], x[1]}, b = {r, x[1] * 0.5}, c = larger(a, b), d = smaller(a, b);
    __asm__("" : "+g,x"(c)); /* a register or memory, as Eigen hides a rounding */
    return c[0] * 2 + c[1] * 3 + d[0] * 5 + d[1] * d[1] + smaller_one(r, x[0]) + smaller_one(x[1], r);
#else
    return r * r;
#endif
}
ARRAY_TEST(f)

int main(void) {
    CHECK(fused, 0.3, 1.5, 0.75);
    double at[3] = {0.5, 1.25, 2};
    CHECK_CLOSE(fused(at, 3), 0.875 + 2 * 4.25 + 3 * (0.125 - 1.25) + 5 * 2.75 + (0.5 - 1.25 * 0.875) + (1.125 * 1.25 - 0.5), 1e-12);
    CHECK(f, 0.3, 1.5);
    CHECK(f, 0.3, -1.5);
    CHECK(f, -0.3, 1.5);
    CHECK(f, 3.0, 0.5);
    return report();
}
