/* Doubles overwritten by constant data byte by byte, or half by half. */
#include "check.h"

union views { double d; uint32_t halves[2]; };
static const unsigned char bytes[8] = {0, 0, 0, 0, 0, 0, 0xf8, 0x3f};

static double filled(double *x, int n) {
    double t[4], s = 0;
    for (int i = 0; i < 4; i++) t[i] = x[i] * x[0];
    for (int k = 1; k < 3; k++) {
        unsigned char *c = (unsigned char *)&t[k];
        for (int j = 0; j < 8; j++) c[j] = bytes[j] ^ (unsigned char)(n - 6);
    }
    for (int i = 0; i < 4; i++) s += t[i] * (i + 1) * x[1];
    return s;
}
ARRAY_TEST(filled)

static double cleared(double *x, int n) {
    double t[6], s = 0;
    for (int i = 0; i < n; i++) t[i] = x[i] * x[0];
    for (int k = 0; k < n; k += 2) {
        volatile unsigned char *c = (unsigned char *)(t + k);
        for (int j = 0; j < 8; j++) c[j] = 0;
    }
    for (int i = 0; i < n; i++) s += t[i] * (i + 1) + t[i] * t[(i + 1) % n];
    return s;
}
ARRAY_TEST(cleared)

static double halves(double *x, int n) {
    union views v[4];
    double s = 0;
    for (int i = 0; i < 4; i++) v[i].d = x[i] * x[0];
    for (int i = 0; i < 3; i++) {
        v[i * 3 % 4].halves[0] = n - 6;
        v[i * 3 % 4].halves[1] = 0x3ff00000 + (i << 20);
    }
    for (int i = 0; i < 4; i++) s += v[i].d * (i + 1) * x[1];
    return s;
}
ARRAY_TEST(halves)

int main(void) {
    CHECK(filled, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    CHECK(cleared, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    CHECK(halves, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    return report();
}
