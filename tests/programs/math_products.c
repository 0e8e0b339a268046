/* Powers of one number, multiplied step by step: some steps are used elsewhere, too, have other
   factors, or stand in other blocks and iterations. */
#include "check.h"

static double spline(double *x, int n) {
    double s = 0;
    for (int i = 0; i + 3 < n; i++) {
        double u = x[i] * x[i + 1], v = 1 - u;
        double a = v * v * v / 6, b = (3 * u * u * u - 6 * u * u + 4) / 6;
        double c = (-3 * u * u * u + 3 * u * u + 3 * u + 1) / 6, d = u * u * u / 6;
        s += a * x[i] + b * x[i + 1] + c * x[i + 2] + d * x[i + 3];
    }
    return s;
}
ARRAY_TEST(spline)

static double used_elsewhere(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double u = x[i], square = u * u, cube = square * u, fourth = cube * -u, y = x[(i + 1) % n];
        s += fourth * y + square * sin(cube) + fma(square, u, cube) + fma(u, square, square);
        x[i] = 0.5 * cube; /* also where it is stored */
    }
    return s;
}
ARRAY_TEST(used_elsewhere)

static double other_factors(double *x, int n) {
    double s = 0;
    const volatile double constant = 1.5;
    double k = constant;
    for (int i = 1; i < n; i++) {
        double u = x[i], w = x[i - 1];
        s += k * u * u * u + u * w * u * w + (u * w) * (u * w) * (u * w) + -u * (-u * (-u * u));
        s += (2 * u) * (3 * u) - (k * u) * (u * k) + fma(-u, k * u, k * u * u) + fma(u * u, 2 * u, w);
        s += (u * u) * (u * u) * u;
    }
    return s;
}
ARRAY_TEST(other_factors)

static double across_blocks(double *x, int n) {
    double s = 0, u = x[0], power = 1;
    for (int i = 0; i < n; i++) {
        double square = u * u;
        if (x[i] > 0.5) {
            double cube = square * u;
            s += cube > 0.1 ? cube * u : square;
        }
        power = power * u; /* a power of what changes */
        u = 0.5 * x[i] + 0.25 * u * square;
        s += power * u;
    }
    return s + power * power * power;
}
ARRAY_TEST(across_blocks)

/* what only multiples of a number are raised to powers of */
static double of_multiples(double *x, int n) {
    double a = 3 * x[0], b = -x[1], c = 0.5 * -x[2] / 3;
    double s = a * a + b * b * b + c * c * (5 * c) * n;
    double d = -(2 * a), e = 7 * b;
    return s + d * d * a + e * e - (3 * e) * (3 * e) * e;
}
ARRAY_TEST(of_multiples)

static double zero_wins(double x, double weight) {
    double cube = 2 * x * x * x;
    return weight == 0 ? 1 : weight * cube;
}

static double in_float(double x) {
    float f = (float)x, cube = f * f * f;
    return (double)(cube * f);
}

/* 2e38 is a float, twice that is none */
static double large_factors(double x) {
    float f = (float)x, large = 2e38f * f;
    return (double)(large * (1e-38f * f));
}

int main(void) {
    CHECK(spline, 0.3, 1.5, -0.7, 0.9, 1.1);
    CHECK(used_elsewhere, 0.3, -1.5, 0.7, 0.9);
    CHECK(other_factors, 0.25, 1.5, -0.75, 0.5);
    CHECK(across_blocks, 0.6, 0.8, 0.2, 0.9, 0.7);
    CHECK(of_multiples, 0.6, 0.8, 1.2);
    if (markers_work) {
        struct two got = __enzyme_autodiff_two((void *)zero_wins, 1e300, 0.0);
        CHECK_TRUE(got.a == 0 && got.b == 0);
        got = __enzyme_autodiff_two((void *)zero_wins, -2.0, 3.0);
        CHECK_CLOSE(got.a, 72, 1e-14);
        CHECK_CLOSE(got.b, -16, 1e-14);
        CHECK_CLOSE(__enzyme_autodiff((void *)in_float, 1.25), 7.8125, 1e-6);
        CHECK_CLOSE(__enzyme_autodiff((void *)large_factors, 1.25), 5, 1e-6);
    }
    return report();
}
