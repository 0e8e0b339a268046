/* Inactive globals that the function itself changes. */
#include "check.h"

static double gain;
static int mode, history[16];

static NOINLINE void tick(void) {
    gain *= 0.75;
    mode = (mode + 1) % 3;
}

static double f(double *x, int n) {
    double s = 0.1;
    gain = 2, mode = n % 3;
    for (int i = 0; i < 10; i++) {
        s += gain * x[i % n] * (mode == 1 ? s : x[0]);
        history[i] = mode;
        if (mode != 2) s = sin(s);
        tick();
    }
    for (int i = 0; i < 10; i++) s += x[history[i] % n] * gain;
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 0.3, 1.5);
    return report();
}
