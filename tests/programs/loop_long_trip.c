/* Many iterations of a counted, a while and a nested loop: the tape has to grow. */
#include "check.h"

static double f(double *x, int n) {
    double s = x[0];
    for (int i = 0; i < 20000; i++) s = s + 1e-4 * (x[i % n] - s * s);
    double t = x[1];
    int k = 0;
    while (k < 7000) {
        t = cos(t) * 0.7 + 0.001 * s;
        k += 1 + (t > 0.5);
        if (k % 1000 == 17) t += 0.1 * x[0];
    }
    for (int i = 0; i < 150; i++)
        for (int j = 0; j < i; j++) t += 1e-3 * sin(t * x[0]);
    return s * t;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75);
    return report();
}
