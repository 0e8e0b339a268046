/* Duff's device: cases that jump into the middle of a loop. */
#include "check.h"

static double f(double *x, int n) {
    double sum = 0;
    const double *p = x;
    int rounds = (n + 3) / 4;
    switch (n % 4) {
    case 0: do { sum = sum * 0.5 + *p * *p; p++;
    case 3:      sum += sin(sum) * *p++;
    case 2:      sum -= *p * x[0]; p++;
    case 1:      sum *= 1 + *p++;
            } while (--rounds > 0);
    }
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 0.75);
    CHECK(f, 0.5, 0.75, -0.5);
    CHECK(f, 0.5, 0.75, -0.5, 0.375, 1.25, -1.5, 0.2);
    CHECK(f, 0.5, 0.75, -0.5, 0.375, 1.25, -1.5, 0.2, 0.1);
    return report();
}
