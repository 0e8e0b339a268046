/* Ping-pong between two heap buffers, the number of steps being odd or even; freed by other names. */
#include "check.h"

static double wave(double *u0, int n, int steps) {
    double *now = malloc(n * sizeof *now), *then = malloc(n * sizeof *then);
    memcpy(now, u0, n * sizeof *now);
    for (int step = 0; step < steps; step++) {
        for (int i = 0; i < n; i++) then[i] = 0.6 * now[(i + 1) % n] + 0.3 * sin(now[i]);
        double *t = now;
        now = then;
        then = t;
    }
    double s = 0;
    for (int i = 0; i < n; i++) s += now[i] * now[i] * now[i];
    free(then);
    free(now);
    return s;
}

static double f(double *x, int n) { return wave(x, n, 4) + wave(x, n, 3) * wave(x, n, 0); }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 0.3);
    return report();
}
