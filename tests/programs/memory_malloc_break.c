/* Temporaries in loops with break, continue and return after their free. */
#include "check.h"

static double f(double *x, int n) {
    double s = 0.4;
    for (int i = 0; i < 3 * n; i++) {
        double *t = malloc(3 * sizeof *t);
        t[0] = s * x[i % n], t[1] = sin(t[0]), t[2] = t[0] * t[1];
        if (t[2] > 0.9) {
            s += t[2];
            free(t);
            break;
        }
        if (i % 3 == 1) {
            s = t[1] + 0.5;
            free(t);
            continue;
        }
        s = t[0] + t[2] * 0.5;
        if (s < -2) {
            s *= t[1];
            free(t);
            return s;
        }
        free(t);
    }
    return s * s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, 1.3, 1.5, 1.7);
    CHECK(f, -1.3, 2.5, -3.7);
    return report();
}
