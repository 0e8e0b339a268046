/* A function that every caller has inlined, and no caller calls any more, is made again where it carries
   no derivative, with the functions in it that the program says carry none. */
#include "check.h"
#include <enzyme.h>

static unsigned heard;
NOINLINE void note(int n) { heard = 10 * heard + n; }
ENZYME_INACTIVE_FUNCTION(note);

void again(int n);
static inline __attribute__((always_inline)) void tell(int n) {
    note(n);
    if (n > 0) again(n - 1);
}
NOINLINE void again(int n) { tell(n); }

static double f(double *x, int n) {
    tell(n);
    return x[0] * x[0] + x[1];
}
ARRAY_TEST(f)

int main(void) {
    double x[] = {3, 4}, b[2] = {0};
    CHECK(f, 3.0, 4.0);
    if (markers_work) {
        heard = 0;
        f_reverse(x, b, 2);
        CHECK_TRUE(heard == 210);
        f_forward(x, b, 2);
        CHECK_TRUE(heard == 210210);
    }
    return report();
}
