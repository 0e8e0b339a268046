/* Inactive calls with state: random numbers, counters, bytes of a file. The reverse must not ask again. */
#include "check.h"

static FILE *file;
static unsigned seed;

static NOINLINE int next(void) { return (int)((seed = seed * 1103515245u + 12345u) >> 16 & 0x7fff); }
static NOINLINE double noise(void) { return next() / 32768.0; }

static double f(double *x, int n) {
    double s = 0.1;
    seed = 7;
    rewind(file);
    srand(3);
    for (int i = 0; i < 3 * n; i++) {
        int byte = fgetc(file);
        s += x[next() % n] * x[rand() % n] * noise();
        s = s * 0.5 + sin(s * x[byte % n]) * (rand() % 5 + 1);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    file = tmpfile();
    if (!file) return 1;
    fputs("the quick brown fox jumps over the lazy dog", file);
    CHECK(f, 0.3, 0.5, -0.7);
    fclose(file);
    return report();
}
