/* Branches that only choose between numbers: the least of three, medians, limiters, nested ones,
   beside integers, and in loops whose numbers decide in later iterations. */
#include "check.h"

static inline double least(double a, double b, double c) {
    return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

static inline double median(double a, double b, double c) {
    if (a < b) return b < c ? b : (a < c ? c : a);
    return a < c ? a : (b < c ? c : b);
}

static inline double minmod(double a, double b) {
    if (a * b <= 0) return 0;
    return fabs(a) < fabs(b) ? a : b;
}

NOINLINE static double warping(double *x, int n) {
    double cost[9][9];
    for (int i = 0; i < 9; i++) cost[0][i] = cost[i][0] = 8;
    cost[0][0] = 0;
    for (int i = 1; i < 9 && i <= n / 2; i++)
        for (int j = 1; j < 9 && j <= n / 2; j++) {
            double e = x[i - 1] - x[n - j];
            cost[i][j] = e * e + least(cost[i - 1][j], cost[i][j - 1], cost[i - 1][j - 1]);
        }
    return cost[n / 2][n / 2];
}
ARRAY_TEST(warping)

NOINLINE static double limited(double *x, int n) {
    double sum = 0;
    for (int t = 0; t < 3; t++)
        for (int i = 1; i + 1 < n; i++) x[i] += 0.25 * minmod(x[i] - x[i - 1], x[i + 1] - x[i]);
    for (int i = 0; i < n; i++) sum += x[i] * x[i] * (i + 1);
    return sum;
}
ARRAY_TEST(limited)

NOINLINE static double filtered(double *x, int n) {
    double sum = 0;
    for (int i = 1; i + 1 < n; i++) {
        double m = median(x[i - 1], x[i], x[i + 1]), r;
        int k;
        if (m > 0.25) r = m, k = 2;
        else if (m > -0.5) r = -m, k = 1;
        else r = x[0], k = 3;
        sum += r * m * k;
        x[i] = r;
    }
    return sum;
}
ARRAY_TEST(filtered)

/* Least and largest numbers of rows that are overwritten: conditions are kept, not numbers. */
NOINLINE static double rolling(double *x, int n) {
    double rows[2][12], *last = rows[0], *next = rows[1];
    for (int i = 0; i < n; i++) last[i] = x[i];
    for (int t = 0; t < 4; t++) {
        next[0] = fabs(last[n - 1]) - 0.25;
        for (int i = 1; i < n; i++)
            next[i] = fmax(fabs(last[i] - x[n - i]), fmin(last[i - 1], next[i - 1])) + 0.125 * last[i];
        double *other = last;
        last = next, next = other;
    }
    double sum = 0;
    for (int i = 0; i < n; i++) sum += last[i] * (i + 1);
    return sum;
}
ARRAY_TEST(rolling)

NOINLINE static double rolling_singles(double *x, int n) {
    float a = (float)x[0], sum = 0;
    for (int i = 1; i < n; i++) {
        a = fmaxf(a - 0.5f, fminf((float)x[i], fabsf(a) * 0.75f));
        sum += a * i;
    }
    return sum;
}

/* What is not chosen may be infinite, or no number. */
NOINLINE static double guarded(double *x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double root = sqrt(x[i]), inverse = 1 / x[i], r;
        if (x[i] > 0) r = root < inverse ? root : inverse;
        else r = 0.5;
        sum += r;
    }
    return sum;
}

int main(void) {
    CHECK(warping, 0.5, 1.25, -0.75, 0.4, 1.5, 0.1, -0.2, 0.9, 1.1);
    CHECK(warping, 0.5, 1.25);
    CHECK(limited, 0.5, 1.25, 1.75, 0.4, -1.5, -1.1, -1.2, 0.9, 1.1);
    CHECK(filtered, 0.5, 1.25, -0.75, 0.4, -1.5, 0.1, -0.2, 0.9, 1.1);
    CHECK(rolling, 0.513, 1.257, -0.771, 0.419, -1.537, 0.131, -0.229, 0.943, 1.119);
    if (markers_work) {
        double z[] = {0.5, 0.25, -0.75, 1.5}, dz[4] = {0};
        __enzyme_autodiff((void *)rolling_singles, enzyme_dup, z, dz, enzyme_const, 4);
        for (int i = 0; i < 4; i++) {
            double tangent[4] = {0}, slope;
            tangent[i] = 1;
            slope = __enzyme_fwddiff((void *)rolling_singles, enzyme_dup, z, tangent, enzyme_const, 4);
            CHECK_CLOSE(dz[i], slope, 1e-6);
        }
    }
    if (markers_work) {
        double x[] = {0.25, 4, -1, 0}, dx[4] = {0}, want[] = {1, -0.0625, 0, 0};
        __enzyme_autodiff((void *)guarded, enzyme_dup, x, dx, enzyme_const, 4);
        for (int i = 0; i < 4; i++) CHECK_CLOSE(dx[i], want[i], 1e-14);
    }
    return report();
}
