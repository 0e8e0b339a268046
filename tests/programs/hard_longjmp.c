/* may be refused: leaving by longjmp. */
#include "check.h"
#include <setjmp.h>

static jmp_buf back;

static NOINLINE double guarded(double x) {
    if (x > 1) longjmp(back, 1);
    return x * x;
}

static double f(double *x, int n) {
    volatile double s = 0;
    if (setjmp(back)) return s * x[0];
    for (int i = 0; i < n; i++) s += guarded(x[i]);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.5, -0.7);
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
