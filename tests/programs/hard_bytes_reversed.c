/* The byte order of a double turned round, twice. */
#include "check.h"

static double sw(double v) { unsigned char a[8], b[8]; memcpy(a, &v, 8); for (int i = 0; i < 8; i++) b[i] = a[7 - i]; memcpy(&v, b, 8); return v; }
static double f(double *x, int n) { double s = 0; for (int i = 0; i < n; i++) s += sw(sw(x[i] * x[0])) * (i + 1); return s; }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    return report();
}
