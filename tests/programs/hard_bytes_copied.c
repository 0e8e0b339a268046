/* A byte loop that is not recognised as memcpy. */
#include "check.h"

NOINLINE static void cp(void *a, const void *b, int n) { volatile char *p = a; const char *q = b; while (n--) *p++ = *q++; }
static double f(double *x, int n) { double t[8], s = 0; cp(t, x, n * 8); for (int i = 0; i < n; i++) s += t[i] * t[i]; return s; }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    return report();
}
