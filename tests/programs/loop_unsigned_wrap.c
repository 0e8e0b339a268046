/* Unsigned and narrow counters: wrapping arithmetic, bit shifts, and a 64-bit linear generator. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0;
    for (unsigned char c = 250; c != 5; c++) s += x[c % n] * 0.1;
    for (unsigned bit = 1u << 28; bit; bit <<= 1) s = s * 0.5 + x[0];
    uint64_t state = 12345;
    for (int i = 0; i < 10; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        s += (double)(state >> 40) / (1 << 24) * x[state >> 33 & 1] * s;
    }
    for (short k = -3; k < 3; k++) s += k * x[1] * x[1];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, 0.25);
    return report();
}
