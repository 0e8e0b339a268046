/* Values that loops carry along by themselves (factors of a transform, random numbers, powers): the
 * reverse sweep computes them once more, in front of its loop or in it. */
#include "check.h"

/* Long, short and empty loops; twice in another loop. */
static void factors(double *z, int size) {
    (void)size;
    for (int round = 0; round < 2; round++)
        for (int n = 0; n <= 24; n += 6) {
            double c = 1, s = 0.1 * round;
            for (int i = 0; i < n; i++) {
                double even = z[i], odd = z[24 + i];
                z[i] = c * even - s * odd;
                z[24 + i] = s * even + c * odd;
                double old = c;
                c = 0.96 * c - 0.28 * s;
                s = 0.96 * s + 0.28 * old;
            }
        }
}
INPLACE_TEST(factors)

/* An integer that is carried along; the loop ends somewhere. */
static void random_signs(double *z, int size) {
    (void)size;
    unsigned state = 12345;
    for (int i = 0; i < 40; i++) {
        state = state * 1664525u + 1013904223u;
        if (state >> 24 == 77) break;
        z[i % 12] += (state >> 16 & 1 ? 1 : -1) * z[(i + 5) % 12] * 0.5;
    }
}
INPLACE_TEST(random_signs)

/* Backwards, with a factor that is read, and neighbours that both sides of the loop add to. */
static void powers(double *z, int size) {
    (void)size;
    double p = 1, q = 0.5;
    for (int i = 18; i > 0; i--) {
        z[i] = p * z[i] + q * z[i - 1];
        p *= 0.9;
        q = q * q + 0.25 * p;
    }
}
INPLACE_TEST(powers)

/* Two streams that are one: the loop as it was. */
static void same(double *z, int by) {
    double c = 1;
    for (int i = 0; i + by < 24; i++) {
        z[i + by] += c * z[i];
        c = 1.5 - 0.7 * c;
    }
}
static void overlapping(double *z, int size) {
    (void)size;
    same(z, 1);
    same(z, 12);
    same(z, 3);
}
INPLACE_TEST(overlapping)

static void half(double *z, int n) {
    if (n < 2) return;
    half(z, n / 2);
    half(z + n / 2, n / 2);
    double c = 1, step = 1.0 / n;
    for (int i = 0; i < n / 2; i++) {
        double odd = z[i + n / 2] * c;
        z[i + n / 2] = z[i] - odd;
        z[i] += odd;
        c -= c * step;
    }
}
static void halves(double *z, int size) { half(z, size); }
INPLACE_TEST(halves)

/* Nobody wants z: the loops of the forward sweep are gone. */
static void seeds_only(void) {
    double z[48] = {0}, shadow[48], want[48];
    for (int i = 0; i < 48; i++) shadow[i] = want[i] = 1 + i % 3;
    halves_reverse(z, want, 32);
    __enzyme_autodiff_void((void *)halves, enzyme_dupnoneed, z, shadow, enzyme_const, 32);
    for (int i = 0; i < 32; i++) CHECK_CLOSE(shadow[i], want[i], 1e-14);
}

#define TRY(f, n) check_run(#f, f##_primal, f##_reverse, f##_forward, z, n, 1e-3, 1e-9)

int main(void) {
    double z[48];
    for (int i = 0; i < 48; i++) z[i] = 0.3 + 0.11 * (i % 7) - 0.05 * (i % 5);
    TRY(factors, 48);
    TRY(random_signs, 12);
    TRY(powers, 20);
    TRY(overlapping, 24);
    TRY(halves, 32);
    if (markers_work) seeds_only();
    return report();
}
