/* Signs of vectors dropped and flipped by masks on their bits, and elements chosen among such bits. */
#include "check.h"
#include <limits.h>
#include <string.h>

typedef long long bits __attribute__((vector_size(16)));
typedef double pair __attribute__((vector_size(16)));

static bits at(const double *x) {
    bits b;
    memcpy(&b, x, sizeof b);
    return b;
}

static double f(double *x, int n) {
    bits b = at(x), magnitude = b & (bits){LLONG_MAX, LLONG_MAX}, other = b ^ (bits){LLONG_MIN, LLONG_MIN};
    bits wanted = (pair)magnitude > (pair){1.0, 1.0}, elsewhere = (pair)other < (pair)magnitude;
    bits chosen = (wanted & magnitude) | (~wanted & other);
    bits one = n & 1 ? magnitude : other;
    bits two = (elsewhere & other) | (~elsewhere & b);
    pair p = (pair)chosen, q = (pair)one, r = (pair)two;
    return p[0] * p[1] * 3 + q[0] * q[0] + q[1] * p[0] + r[0] * r[1] + r[1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    CHECK(f, -0.3, -1.5);
    CHECK(f, -2.5, 0.25);
    CHECK(f, 2.5, 3.5);
    return report();
}
