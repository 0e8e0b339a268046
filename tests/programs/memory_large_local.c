/* A local array of many elements, cleared and partly used in each iteration. */
#include "check.h"

static double f(double *x, int n) {
    double buffer[2000], s = 0;
    for (int t = 0; t < 20; t++) {
        memset(buffer, 0, sizeof buffer);
        for (int i = 0; i < 2000; i += 37) buffer[(i * 7 + t) % 2000] += x[(i + t) % n] * (s + 1);
        double sum = 0;
        for (int i = 0; i < 2000; i++) sum += buffer[i] * buffer[i];
        s = sin(sum * 0.001);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    return report();
}
