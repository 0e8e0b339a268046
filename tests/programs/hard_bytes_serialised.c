/* Doubles written into a buffer byte by byte, and put together again. */
#include "check.h"

static void put(unsigned char *p, double v) { unsigned long long u; memcpy(&u, &v, 8); for (int i = 0; i < 8; i++) p[i] = u >> (8 * i); }
static double get(const unsigned char *p) { unsigned long long u = 0; for (int i = 0; i < 8; i++) u |= (unsigned long long)p[i] << (8 * i); double v; memcpy(&v, &u, 8); return v; }
static double f(double *x, int n) { unsigned char b[80]; double s = 0; for (int i = 0; i < n; i++) put(b + 8 * i, x[i] * x[0]); for (int i = 0; i < n; i++) s += get(b + 8 * i) * (i + 1); return s; }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    return report();
}
