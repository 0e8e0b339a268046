/* The partials of sines and cosines are there already, or only on the way not taken, in another
   iteration, of another argument, or of the same one before it was overwritten. */
#include "check.h"

static double both(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += sin(x[i]) * cos(x[i]) + sin(x[0]) * x[i];
    return s;
}
ARRAY_TEST(both)

static double on_one_way(double *x, int n) {
    double s = 0, c = 1;
    for (int i = 0; i < n; i++) {
        if (x[i] > 0) c = cos(x[i]) * x[0];
        s += sin(x[i]) * c;
    }
    return s;
}
ARRAY_TEST(on_one_way)

static double on_both_ways(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double sine = sin(x[i]);
        if (x[i] > 0)
            s += cos(x[i]) * x[0];
        else
            s -= sine * cos(sine);
        s += sine * sine;
    }
    return s;
}
ARRAY_TEST(on_both_ways)

static double carried(double *x, int n) {
    double state = 0.5;
    for (int i = 0; i < n; i++) {
        state = sin(state + x[i]);
        x[i] = cos(x[i]) * state;
        x[i] += sin(x[i]);
    }
    return state;
}
ARRAY_TEST(carried)

static double until(double *x, int n) {
    double e = x[0];
    for (int k = 0; k < 40; k++) {
        double step = (e - 0.3 * x[1] * sin(e) - x[0]) / (1 - 0.3 * x[1] * cos(e));
        e -= step;
        if (fabs(step) < 1e-12) break;
    }
    return e * cos(e + x[n - 1]);
}
ARRAY_TEST(until)

/* After the loop, the value of the last iteration is not that of the argument before it. */
static double after_a_loop(double *x, int n) {
    double s = 0;
    int k = 0;
    do {
        s += cos(x[0]) * x[k];
        if (s > 50) break;
    } while (++k < n);
    return s * sin(x[0]) + sin(x[1] * x[0]) * s;
}
ARRAY_TEST(after_a_loop)

static float narrow(const float *x, int n) {
    float s = 0;
    for (int i = 0; i < n; i++) s += sinf(x[i]) * expf(cosf(x[i])) + sinf(x[i] * x[i]);
    return s;
}

static double widened(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += sin((float)x[i]) * x[i] * 0 + sin(x[i]);
    return s;
}
ARRAY_TEST(widened)

int main(void) {
    CHECK(both, 0.7, -1.3, 2.1);
    CHECK(on_one_way, 0.7, -1.3, 2.1, -0.4);
    CHECK(on_both_ways, 0.7, -1.3, 2.1, -0.4);
    CHECK(carried, 0.7, -1.3, 2.1, -0.4);
    CHECK(until, 0.7, 0.9, 2.1);
    CHECK(after_a_loop, 0.7, -1.3, 2.1);
    CHECK(widened, 0.7, -1.3);
    float x[2] = {0.5F, -1.5F}, dx[2] = {0, 0};
    __enzyme_autodiff_void((void *)narrow, enzyme_dup, x, dx, 2);
    for (int i = 0; i < 2; i++) {
        double s = sin(x[i]), c = cos(x[i]), square = (double)x[i] * x[i];
        CHECK_CLOSE(dx[i], exp(c) * (c - s * s) + 2 * x[i] * cos(square), 1e-5);
    }
    return report();
}
