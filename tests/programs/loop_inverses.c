/* Inverses that the primal has computed, before or behind a quotient, on one way only, in another
   iteration or of another number: quotients and roots take them, where they are there. */
#include "check.h"

static double beside(double *x, int n) {
    double s = 0, before = x[n - 1];
    for (int i = 0; i < n; i++) {
        double y = x[i] + 0.5 * before, q = x[0] / y, inverse = 1 / y, minus = -1 / y;
        s += q * inverse + exp(q) / y + minus * x[i];
        before = inverse;
    }
    return s;
}
ARRAY_TEST(beside)

/* The length's inverse is carried on. */
static double normalised(double *x, int n) {
    double a = x[0], b = x[1], s = 0;
    for (int i = 0; i < n; i++) {
        double u = a + 0.1 * b * x[i], v = b - 0.2 * a, length = sqrt(u * u + v * v), k = 1 / length;
        a = u * k, b = v * k;
        s += a * x[i] + length;
    }
    return s + b;
}
ARRAY_TEST(normalised)

static double on_one_way(double *x, int n) {
    double s = 0, inverse = 1;
    for (int i = 0; i < n; i++) {
        double r = sqrt(x[i] * x[i] + 1);
        if (x[i] > 1.2) inverse = 1 / r;
        s += inverse * x[0] / r;
        if (s > 1e6) break;
    }
    return s * inverse;
}
ARRAY_TEST(on_one_way)

/* Behind the loop, it is that of the last iteration. */
static double behind(double *x, int n) {
    double inverse = 0, y = 1, s = 0;
    for (int i = 0; i < n; i++) y += x[i], inverse = 1 / y, s += inverse;
    for (int i = 0; i < n; i++) s += x[i] / y + inverse * x[i];
    return s;
}
ARRAY_TEST(behind)

/* Nothing is asked of what is infinite. */
static double masked(double x, double y) {
    double inverse = 1 / y, q = x / y, r = sqrt(y), k = 1 / r;
    return y > 0 ? inverse * q * k : x;
}

int main(void) {
    CHECK(beside, 1.5, 2, 0.7, 1.1, 3);
    CHECK(normalised, 0.8, 0.6, -0.7, 1.1, 3);
    CHECK(on_one_way, 1.5, 2, 0.7, 1.1, 3);
    CHECK(behind, 1.5, 2, 0.7, 1.1);
    if (markers_work) {
        static const double zeros[] = {0, -0.0};
        for (int i = 0; i < LENGTH(zeros); i++) {
            struct two got = __enzyme_autodiff_two((void *)masked, 3.0, zeros[i]);
            CHECK_CLOSE(got.a, 1, 0);
            CHECK_CLOSE(got.b, 0, 0);
        }
        struct two got = __enzyme_autodiff_two((void *)masked, 3.0, 4.0); /* x y^-2.5 */
        CHECK_CLOSE(got.a, 1 / 32.0, 1e-15);
        CHECK_CLOSE(got.b, -2.5 * 3 / 128.0, 1e-15);
    }
    return report();
}
