/* may be refused: integers and floats in one buffer, at distances that nobody knows, which is moved as a whole. */
#include "check.h"

NOINLINE static double get(const char *b, long o) { return *(const double *)(b + o); }
NOINLINE static void put(char *b, long o, double v) { *(double *)(b + o) = v; }
NOINLINE static long get_number(const char *b, long o) { return *(const long *)(b + o); }
NOINLINE static void put_number(char *b, long o, long v) { *(long *)(b + o) = v; }
NOINLINE static double *at(char *b, long o) { return (double *)(b + o); }

static double f(double *x, int n) {
    char *b = malloc(128), *c = malloc(128);
    volatile long o0 = 0, o1 = 8, o2 = 16, o3 = 24;
    put_number(b, o0, n - 1), put(b, o1, x[0] * x[0]), put(b, o2, sin(x[1])), put_number(b, o3, 16);
    *(double *)(b + 32) = x[2] * x[3];
    memcpy(c, b, 40);
    double s = get(c, o1) * get(b, get_number(c, o3)) * (double)get_number(b, o0) + get(c, 32);
    put(c, get_number(c, o3), x[3]);
    *at(c, o1) += x[1] * get(c, o2);
    memmove(b + 8, c + 8, 16);
    s += get(b, o1) * get(b, o2) + *at(b, 32) * *(double *)(b + 8);
    free(b), free(c);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.5, -0.75, 1.25);
    return report();
}
