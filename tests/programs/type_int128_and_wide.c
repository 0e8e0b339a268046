/* 128-bit integers, long long division and rotations beside active values. */
#include "check.h"

static double f(double *x, int n) {
    unsigned __int128 wide = (unsigned __int128)0x123456789abcdefu * 0xfedcba987654321u;
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += x[i] * (double)(unsigned)(wide >> 64 & 15);
        wide = wide << 3 | wide >> 125;
        s += (double)((long long)(wide & 0xff) / -7) * x[0];
        s *= __builtin_popcountll((uint64_t)wide) > 30 ? x[i] : 0.5;
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.75, -0.25);
    return report();
}
