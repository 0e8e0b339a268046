/* At ties and kinks: one subgradient, never NaN, never both halves. */
#include "check.h"

static double smallest(double x, double y) { return fmin(x, y); }
static double largest(double x, double y) { return fmax(x, y); }
static double difference(double x, double y) { return fdim(x, y); }
static double choose(double x, double y) { return x > y ? x : y; }
static double absolute(double x, double y) { return fabs(x) + fabs(y); }

typedef double binary(double, double);

static void check_sum(struct two g, double sum) {
    CHECK_TRUE(is_finite(g.a) && is_finite(g.b));
    CHECK_CLOSE(g.a + g.b, sum, 0);
    CHECK_TRUE(g.a * g.b == 0);
}

int main(void) {
    struct two g;
    if (!markers_work) return report();
    for (int i = -1; i <= 1; i++) {
        double x = 1.5 * i;
        check_sum(__enzyme_autodiff_two((void *)smallest, x, x), 1);
        check_sum(__enzyme_autodiff_two((void *)largest, x, x), 1);
        check_sum(__enzyme_autodiff_two((void *)choose, x, x), 1);
        CHECK_CLOSE(__enzyme_autodiff_two((void *)smallest, x, x).b, 1, 0); /* as x < y ? x : y does */
        CHECK_CLOSE(__enzyme_autodiff_two((void *)largest, x, x).a, 1, 0);
        CHECK_CLOSE(__enzyme_fwddiff((void *)smallest, x, 2.0, x, 2.0), 2, 0);
        CHECK_CLOSE(__enzyme_fwddiff((void *)largest, x, 2.0, x, 2.0), 2, 0);
        g = __enzyme_autodiff_two((void *)difference, x, x);
        CHECK_TRUE((g.a == 0 && g.b == 0) || (g.a == 1 && g.b == -1));
    }
    g = __enzyme_autodiff_two((void *)absolute, 0.0, -0.0);
    CHECK_TRUE(fabs(g.a) <= 1 && fabs(g.b) <= 1);
    g = __enzyme_autodiff_two((void *)largest, 0.0, -0.0);
    check_sum(g, 1);
    return report();
}
