/* Inner trip counts computed from the active values themselves. */
#include "check.h"

static double f(double *x, int n) {
    double s = 1;
    for (int i = 0; i < n; i++) {
        int trips = (int)(x[i] * x[i]) % 5;
        for (int j = 0; j < trips; j++) {
            s = s * 0.5 + x[j % n] * x[i];
            while (s > 2) s *= 0.7;
        }
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 1.9, 2.4, 0.5, 2.9);
    CHECK(f, 0.1, 0.2);
    return report();
}
