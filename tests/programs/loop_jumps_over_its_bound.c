/* Counters that wrap around: large steps jump over the bound, and the loop goes on. How often it runs is then not
   the distance divided by the step: the derivative is right, or the program ends and says where. */
#include "check.h"
#include "ends.h"

#define LONG(c) for (int q = 0; q < 9; q++) s += sin(s) * x[((c) + q) % n] * 0.1, s = s > 2 ? s - q : s
static double meets_after_all(double *x, int n) {
    double s = 0.1;
    unsigned c = 0, end = 0x10000000u * (n - 2);
    for (;;) {
        LONG(c);
        LONG(c + 1);
        if (c == end) break;
        s *= x[c % n];
        c += 0x50000000u;
    }
    return s;
}
__attribute__((noinline)) static double walk(double *x, unsigned from, unsigned end, unsigned step) {
    double s = 0.1;
    for (unsigned c = from; c < end; c += step) s = s * x[c & 1] + sin(s);
    return s;
}
static double stops(double *x, int n) {
    return walk(x, 3, 0xf0000000u + n, 0x0ffffff0u) + walk(x, 30, 0x7fffffffu, 0x60000000u + n) +
           walk(x, 3, 0x100u, 30 + n) + walk(x, 0xf000u, 0xf0000u, -0x333u - n);
}
static double jumps(double *x, int n) { return walk(x, 0, 0xf0000000u + n, 0x70000000u + n); }
ARRAY_TEST(meets_after_all)
ARRAY_TEST(stops)
ARRAY_TEST(jumps)

int main(void) {
    CHECK(meets_after_all, 0.5, 0.75, 0.25);
    CHECK(stops, 0.5, 0.75, 0.25);
    double x[] = {0.5, 0.75}, direction[] = {1, 0}, dx[2] = {0};
    double tangent = jumps_forward(x, direction, 2);
    IN_CHILD(jumps_reverse(x, dx, 2); _exit(fabs(dx[0] - tangent) < 1e-12 ? 0 : 1));
    CHECK_TRUE(!markers_work || is_right_or_said("loop_jumps_over_its_bound.c:21:", "jumps over its bound"));
    return report();
}
