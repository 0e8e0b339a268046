/* Derivatives called in a loop with the same arguments: what one call has computed may serve the next
 * only where nothing has changed that it came from. */
#include "check.h"

static double turned(const double *x, double w, double *y) {
    double angle = sqrt(x[0] * x[0] + x[1] * x[1]), c = 1, s = 0;
    if (angle != 0) c = cos(angle), s = sin(angle) / angle;
    y[0] = w * exp(c * x[0] - s * x[1]);
    y[1] = w * log(2 + s * x[0] * x[0] + c * c * x[1]);
    return y[0] * y[1];
}

static void slopes(const double *x, double w, const double *seed, double *want) {
    double h = 1e-5;
    for (int i = 0; i < 2; i++) {
        double z[2] = {x[0], x[1]}, up[2], down[2];
        z[i] = x[i] + h;
        double above = turned(z, w, up);
        z[i] = x[i] - h;
        double below = turned(z, w, down);
        want[i] = (seed[0] * (up[0] - down[0]) + seed[1] * (up[1] - down[1]) + above - below) / (2 * h);
    }
}

/* Nothing changes but the seeds; each call writes y again. */
static void rows(void) {
    double x[2] = {0.7, -0.4}, y[2];
    for (int row = 0; row < 3; row++) {
        double dx[2] = {0, 0}, seed[2] = {row == 0, row == 1}, given[2] = {row == 0, row == 1}, want[2];
        y[0] = y[1] = -1;
        __enzyme_autodiff_void((void *)turned, enzyme_dup, x, dx, enzyme_const, 1.5, enzyme_dup, y, seed);
        slopes(x, 1.5, given, want);
        for (int i = 0; i < 2; i++) CHECK_CLOSE(dx[i], want[i], 1e-8);
        double again[2];
        turned(x, 1.5, again);
        for (int i = 0; i < 2; i++) CHECK_CLOSE(y[i], again[i], 1e-15);
    }
}

static void change(double *x, int step) {
    if (step % 3 == 1) x[1] += 0.25;
    if (step == 5) x[0] = x[1] = 0;
    if (step == 7) x[0] = 0.3;
}

/* Somebody else changes x, now and then, and w. */
static void changed(void) {
    static double x[2] = {0.7, -0.4};
    static double weight = 1;
    for (int step = 0; step < 9; step++) {
        double dx[2] = {0, 0}, y[2], seed[2] = {1, 2}, given[2] = {1, 2}, want[2];
        change(x, step);
        if (step == 3) weight = 2;
        __enzyme_autodiff_void((void *)turned, enzyme_dup, x, dx, enzyme_const, weight, enzyme_dup, y,
                               seed);
        if (x[0] == 0 && x[1] == 0) continue; /* no differences there: the branch */
        slopes(x, weight, given, want);
        for (int i = 0; i < 2; i++) CHECK_CLOSE(dx[i], want[i], 1e-8);
    }
}

/* The gradient is added to x itself behind the call: a descent. */
static void descent(void) {
    double x[2] = {0.7, -0.4};
    for (int step = 0; step < 4; step++) {
        double dx[2] = {0, 0}, y[2], seed[2] = {0, 0}, given[2] = {0, 0}, want[2];
        slopes(x, 1, given, want);
        __enzyme_autodiff_void((void *)turned, enzyme_dup, x, dx, enzyme_const, 1.0, enzyme_dup, y, seed);
        for (int i = 0; i < 2; i++) {
            CHECK_CLOSE(dx[i], want[i], 1e-8);
            x[i] -= 0.1 * dx[i];
        }
    }
}

/* Column by column, in forward mode; and with a NaN, which is itself again. */
static void columns(double first) {
    double x[2] = {first, -0.4};
    for (int column = 0; column < 2; column++) {
        double dx[2] = {column == 0, column == 1}, y[2], dy[2], seed[2] = {0, 0}, want[2];
        double r = __enzyme_fwddiff((void *)turned, enzyme_dup, x, dx, enzyme_const, 1.0, enzyme_dup, y, dy);
        slopes(x, 1, seed, want);
        if (is_finite(first))
            CHECK_CLOSE(r, want[column], 1e-8);
        else
            CHECK_CLOSE(is_finite(r), 0, 0);
    }
}

int main(void) {
    if (!markers_work) return 0;
    rows();
    changed();
    descent();
    columns(0.7);
    columns(NAN);
    return failures != 0;
}
