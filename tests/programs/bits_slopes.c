/* Integer arithmetic on the bits of numbers, as fast or portable mathematics has it: near by, it is linear. */
#include "check.h"
#include <stdint.h>
#include <string.h>

static uint64_t bits(double a) {
    uint64_t u;
    memcpy(&u, &a, sizeof u);
    return u;
}
static double number(uint64_t u) {
    double a;
    memcpy(&a, &u, sizeof a);
    return a;
}
/* where the iteration begins is worth as much as the iteration */
static double inverse_root(double *x, int n) {
    double y = number(0x5fe6eb50c7b537a9 - (bits(x[0]) >> 1));
    return y * (1.5 - 0.5 * x[0] * y * y) * x[n - 1];
}
static double inverse_root_of_tiny(double *x, int n) {
    double tiny[2] = {x[0] * 0x1p-1000, x[n - 1] * 0x1p-500};
    return inverse_root(tiny, 2);
}
static double root(double *x, int n) {
    double y = number((bits(x[0]) - (1ull << 52)) / 2 + (1ull << 61));
    return y + n * x[1] / y;
}
/* musl's logarithm: the exponent goes, and what is left lies around 1 */
static double logarithm(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        uint64_t u = bits(x[i]) + 0x3ff0000000000000 - 0x3fe6a09e667f3bcd;
        int k = (int)(u >> 52) - 0x3ff;
        double f = number((u & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd) - 1, q = f / (2 + f), z = q * q;
        s += (i + 1) * (2 * q * (1 + z * (1 / 3. + z * (1 / 5. + z * (1 / 7. + z / 9)))) + k * 0.6931471805599453);
    }
    return s;
}
/* bits as a number: a logarithm, about */
static double as_a_number(double *x, int n) { return (double)(bits(x[0] * x[0]) - bits(x[n - 1] * 0.1)) * 1e-15 * x[1]; }
static double logarithms(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += (i + 1) * ((double)(int64_t)(bits(x[i]) - 0x3ff0000000000000) * 0x1p-52);
    return s;
}
/* also without their lower ones, but where the exponent alone is left */
static double upper_as_a_number(double *x, int n) {
    return (double)(bits(x[0] * x[n - 1]) >> 17) * 0x1p-35 * x[1] + (double)(bits(x[0]) >> 30 >> 22) * x[1];
}
/* the other way round: a number is made whole, and its bits are those of an exponential, about (Schraudolph) */
static double line_by_line(double *x, int n) {
    int64_t u = (int64_t)((x[0] * x[n - 1]) * 6497320848556798.0 + 4606853616395542500.0);
    return number(u) * x[1];
}
static double clamped(double *x, int n) {
    int64_t u = llrint(x[0] * x[n - 1] * 6497320848556798.0) + 4606853616395542500;
    u = u > 2046ll << 52 ? 2046ll << 52 : u < 0 ? 0 : u;
    int64_t v = (int64_t)floor(x[1] * 6497320848556798.0);
    return number(u) * x[1] + number((x[1] < 1 ? v : v / 2) + 4606853616395542500) + number((uint64_t)(lround(x[0]) + 1023) << 52) * x[1];
}
static double in_memory(double *x, int n) {
    double w[8], s = 0;
    for (int i = 0; i < n; i++) w[i] = number((int64_t)(x[i] * 6497320848556798.0) + 4606853616395542500);
    for (int i = 0; i < n; i++) w[n + i] = number(0x5fe6eb50c7b537a9 - (bits(w[i]) >> 1));
    for (int i = 0; i < 2 * n; i++) s = s * x[i / 2] + w[2 * n - 1 - i] * (i + 1);
    return s;
}
static double reciprocal_square(double *x, int n) {
    double u = -2.0 * (double)(int64_t)(bits(x[n - 1]) - 0x3ff0000000000000);
    return number((uint64_t)(int64_t)u + 0x3fee000000000000) * x[0];
}
/* integers that are only exponents, and those that are the other member of a union */
union value { int64_t i; double d; };
static union value tenths(double x, int is_whole) {
    union value v;
    if (is_whole) v.i = (int64_t)(x * 10);
    else v.d = x;
    return v;
}
static double whole_exponents(double *x, int n) {
    double k = (double)(int64_t)(x[n - 1] * 3.3);
    union value v[2] = {tenths(x[0], 1), tenths(x[1], 0)};
    return number((uint64_t)((int64_t)k + 1023) << 52) * x[0] + (double)v[0].i * v[1].d * x[1];
}
union word {
    double d;
    struct { uint64_t mantissa : 52, exponent : 11, sign : 1; } part;
};
static double exponent_counted_up(double *x, int n) {
    union word u = {x[0]};
    u.part.exponent += n;
    u.part.sign = 1;
    return u.d * x[1];
}
/* 2^k by the bits of k, which a large number has rounded: in one fused operation, and to quarters */
static double exponential(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double t = x[i] * 1.4426950408889634 + 0x1.8p52, r = x[i] - (t - 0x1.8p52) * 0.6931471805599453;
        double p = 1 + r * (1 + r * (1 / 2. + r * (1 / 6. + r * (1 / 24. + r * (1 / 120. + r / 720)))));
        s += (i + 1) * p * number((bits(t) + 1023) << 52) + number(bits(p) + (bits(t) << 52));
    }
    return s;
}
static double power_of_two(double *x, int n) {
    static const double quarters[] = {1, 1.189207115002721, 1.4142135623730951, 1.681792830507429};
    double t = x[0] + x[n - 1] + 0x1.8p50;
    uint64_t k = bits(t);
    double r = (x[0] + x[n - 1] - (t - 0x1.8p50)) * 0.6931471805599453;
    return (1 + r * (1 + r * (1 / 2. + r * (1 / 6. + r / 24)))) * number(bits(quarters[k % 4]) + (k >> 2 << 52));
}
/* positive numbers are ordered as their bits are */
static double in_order(double *x, int n) {
    uint64_t words[3];
    double s = 0;
    memcpy(words, x, sizeof words);
    for (int i = 0; i < n; i++)
        for (int j = 1; j < n; j++)
            if (words[j] < words[j - 1]) {
                uint64_t t = words[j];
                words[j] = words[j - 1];
                words[j - 1] = t;
            }
    for (int i = 0; i < n; i++) s = s * 0.5 + (i + 1) * number(words[i]) * number(words[i]);
    return s;
}
ARRAY_TEST(in_order)
ARRAY_TEST(inverse_root)
ARRAY_TEST(inverse_root_of_tiny)
ARRAY_TEST(root)
ARRAY_TEST(logarithm)
ARRAY_TEST(as_a_number)
ARRAY_TEST(logarithms)
ARRAY_TEST(upper_as_a_number)
ARRAY_TEST(line_by_line)
ARRAY_TEST(in_memory)
ARRAY_TEST(clamped)
ARRAY_TEST(reciprocal_square)
ARRAY_TEST(whole_exponents)
ARRAY_TEST(exponent_counted_up)
ARRAY_TEST(exponential)
ARRAY_TEST(power_of_two)

/* In a derivative of a derivative, nothing is added a second time: (L(x) x)'' is 2 L'(x) on a line. */
static double on_a_line(double x) { return x * number((int64_t)(x * 6497320848556798.0 + 4606853616395542500.0)); }
static double slope_of_it(double x) { return __enzyme_autodiff((void *)on_a_line, x); }

int main(void) {
    double second = __enzyme_fwddiff((void *)slope_of_it, 0.3, 1.0);
    if (markers_work) CHECK_CLOSE(second, 2 * 6497320848556798.0 * 0x1p-52, 1e-12);
    CHECK(inverse_root, 0.7, 1.9);
    CHECK(inverse_root_of_tiny, 0.7, 1.9);
    CHECK(in_order, 1.7, 0.4, 0.9);
    CHECK(root, 0.7, 1.9);
    CHECK(logarithm, 0.3, 1.1, 25.5);
    CHECK(as_a_number, 0.7, 1.9);
    CHECK(logarithms, 0.7, 1.9, 0.3);
    CHECK_TOL(upper_as_a_number, 1e-7, 0.7, 1.9);
    CHECK(line_by_line, 0.7, 1.9);
    CHECK(line_by_line, -0.5, 1.9);
    CHECK(clamped, 0.7, 1.9);
    CHECK(clamped, -800.3, 0.9);
    CHECK(in_memory, 0.7, 1.9, 0.3);
    CHECK(reciprocal_square, 0.7, 1.9);
    CHECK(whole_exponents, 0.77, 1.9);
    CHECK(exponent_counted_up, 0.7, -1.9);
    CHECK(exponent_counted_up, -0.7, -1.9);
    CHECK(exponential, 0.3, -1.3, 2.2);
    CHECK(power_of_two, 0.7, 1.9);
    return report();
}
