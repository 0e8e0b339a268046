/* Forward mode of functions that return a struct in registers: in words that are constant, wholly or
   in part, floats have no tangent, and integers are as they are. */
#include "check.h"

typedef struct { int k; float f; double d; } mixed;
typedef struct { int k; float f; } pair;
typedef struct { float a; int k; float f; } between;
typedef struct { float a, b, c; int k; } three;
typedef struct { int i; struct { float f[2]; int j; } s; } nested;
typedef struct { uint64_t bits; double d; } word;
typedef struct { int k; float f; double *p; } with_pointer;
typedef struct { int k : 5; float f; } bit_field;
typedef struct { char c; float f; short s; } narrow;
extern mixed __enzyme_fwddiff_mixed(void *, ...);
extern pair __enzyme_fwddiff_pair(void *, ...);
extern between __enzyme_fwddiff_between(void *, ...);
extern three __enzyme_fwddiff_three(void *, ...);
extern nested __enzyme_fwddiff_nested(void *, ...);
extern word __enzyme_fwddiff_word(void *, ...);
extern with_pointer __enzyme_fwddiff_with_pointer(void *, ...);
extern bit_field __enzyme_fwddiff_bit_field(void *, ...);
extern narrow __enzyme_fwddiff_narrow(void *, ...);

static mixed one(double x) { return (mixed){7, 2.5f, x * x}; }
static mixed two(double x) { return x > 1 ? (mixed){7, 2.5f, x * x} : (mixed){8, 3.5f, x}; }
static pair constant(double x) { return (pair){7, 2.5f}; }
static pair arms(double x) { return x > 1 ? (pair){7, 2.5f} : (pair){8, (float)x}; }
static between first(double x) { return (between){(float)x, 4, 2.5f}; }
static between last(double x) { return (between){2, 4, (float)x}; }
static three tail(float x) { return (three){1.5f, 3.5f, x, 4}; }
static nested inner(float x) { return (nested){3, {{2.5f, x}, 8}}; }
static word moved(double x) {
    word w = {0, x * x};
    memcpy(&w.bits, &(double){3 * x}, sizeof w.bits);
    return w;
}
static with_pointer pointing(double x, double *p) { return (with_pointer){7, 2.5f, p}; }
static bit_field field(double x) { return (bit_field){-5, 2.5f}; }
static narrow small(double x) { return (narrow){7, 2.5f, 3}; }
NOINLINE static pair again(float x, int n) {
    if (n == 0) return (pair){1, 2.5f};
    pair b = again(x, n - 1);
    if (n == 3) return (pair){9, 4.5f};
    return (pair){b.k + 1, n == 2 ? b.f + x * x : b.f};
}

#define IS(RESULT, FIELD, WANT) CHECK_CLOSE((RESULT).FIELD, WANT, 0)

int main(void) {
    if (!markers_work) return report();
    mixed m = __enzyme_fwddiff_mixed((void *)one, 3.0, 1.0);
    IS(m, k, 7); IS(m, f, 0); IS(m, d, 6);
    m = __enzyme_fwddiff_mixed((void *)two, 3.0, 1.0);
    IS(m, k, 7); IS(m, f, 0); IS(m, d, 6);
    pair p = __enzyme_fwddiff_pair((void *)constant, 3.0, 1.0);
    IS(p, k, 7); IS(p, f, 0);
    p = __enzyme_fwddiff_pair((void *)arms, 3.0, 1.0);
    IS(p, k, 7); IS(p, f, 0);
    p = __enzyme_fwddiff_pair((void *)arms, 0.5, 1.0);
    IS(p, k, 8); IS(p, f, 1);
    for (int n = 0; n < 5; n++) {
        p = __enzyme_fwddiff_pair((void *)again, 3.0f, 1.0f, n);
        IS(p, k, again(3, n).k); IS(p, f, n == 2 ? 6 : 0);
    }
    between b = __enzyme_fwddiff_between((void *)first, 3.0, 1.0);
    IS(b, a, 1); IS(b, k, 4); IS(b, f, 0);
    b = __enzyme_fwddiff_between((void *)last, 3.0, 1.0);
    IS(b, a, 0); IS(b, k, 4); IS(b, f, 1);
    three t = __enzyme_fwddiff_three((void *)tail, 3.0f, 1.0f);
    IS(t, a, 0); IS(t, b, 0); IS(t, c, 1); IS(t, k, 4);
    nested n = __enzyme_fwddiff_nested((void *)inner, 3.0f, 1.0f);
    IS(n, i, 3); IS(n, s.f[0], 0); IS(n, s.f[1], 1); IS(n, s.j, 8);
    word w = __enzyme_fwddiff_word((void *)moved, 3.0, 1.0);
    double bits;
    memcpy(&bits, &w.bits, sizeof bits);
    CHECK_CLOSE(bits, 3, 0);
    IS(w, d, 6);
    double here = 1, there = 2;
    with_pointer q = __enzyme_fwddiff_with_pointer((void *)pointing, 3.0, 1.0, &here, &there);
    IS(q, k, 7); IS(q, f, 0); IS(q, p == &there, 1);
    bit_field s = __enzyme_fwddiff_bit_field((void *)field, 3.0, 1.0);
    IS(s, k, -5); IS(s, f, 0);
    narrow c = __enzyme_fwddiff_narrow((void *)small, 3.0, 1.0);
    IS(c, c, 7); IS(c, f, 0); IS(c, s, 3);
    return report();
}
