/* Helpers that carry no derivative: integer results, comparisons, seeds of a generator, strings. */
#include "check.h"
#include <ctype.h>
#include <time.h>

static NOINLINE int count_positive(const double *x, int n) {
    int k = 0;
    for (int i = 0; i < n; i++) k += x[i] > 0;
    return k;
}
static NOINLINE unsigned hash(const char *s) {
    unsigned h = 5381;
    while (*s) h = h * 33 + (unsigned char)tolower((unsigned char)*s++);
    return h;
}

static double f(double *x, int n) {
    time_t now = time(NULL);
    double s = count_positive(x, n) * x[0] + hash("Name") % 7 * x[1];
    if (now == 0) s = 0;
    if (strcmp("abc", "abd") < 0) s += strlen("four") * x[n - 1];
    return s + abs(-3) * (double)atoi("12") * x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.75, 0.25, -0.5);
    return report();
}
