/* Radix-2 FFT in place: bit reversal, butterflies, twiddles by recurrence. */
#include "check.h"

static void fft(double *z, int n2) {
    int n = n2 / 2;
    for (int i = 1, j = 0; i < n; i++) {
        int bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j)
            for (int k = 0; k < 2; k++) {
                double t = z[2 * i + k];
                z[2 * i + k] = z[2 * j + k];
                z[2 * j + k] = t;
            }
    }
    for (int len = 2; len <= n; len <<= 1) {
        double angle = 2 * 3.14159265358979323846 / len, wr = cos(angle), wi = -sin(angle);
        for (int i = 0; i < n; i += len) {
            double cr = 1, ci = 0;
            for (int j = 0; j < len / 2; j++) {
                double *u = z + 2 * (i + j), *v = u + len;
                double tr = v[0] * cr - v[1] * ci, ti = v[0] * ci + v[1] * cr;
                v[0] = u[0] - tr, v[1] = u[1] - ti;
                u[0] += tr, u[1] += ti;
                double next = cr * wr - ci * wi;
                ci = cr * wi + ci * wr;
                cr = next;
            }
        }
    }
}

static double energy(double *z, int n) {
    double s = 0;
    fft(z, n);
    for (int i = 0; i < n; i++) s += sin(z[i]) * (i + 1);
    return s;
}
INPLACE_TEST(fft)
ARRAY_TEST(energy)

int main(void) {
    CHECK(fft, 1, 2, 3, 4, 5, 6, 7, 8);
    CHECK(energy, 0.1, 0.2, -0.3, 0.4, 0.5, 0.6, -0.7, 0.8, 0.1, 1, 1.1, -1.2, 1.3, 1.4, 1.5, 1.6);
    return report();
}
