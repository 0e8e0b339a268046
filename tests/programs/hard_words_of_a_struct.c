/* Doubles moved as two integer members of a struct: these carry the value, and are no sizes. */
#include "check.h"

struct words { uint32_t low, high; };
static double f(double *x, int n) {
    struct words *b = malloc(n * sizeof *b);
    double s = 0;
    for (int i = 0; i < n; i++) memcpy(&b[i], &x[i], sizeof *b);
    for (int i = 0; i < n; i++) {
        struct words w = {b[i].low, b[i].high};
        double d;
        memcpy(&d, &w, sizeof d);
        s += d * d;
    }
    free(b);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
