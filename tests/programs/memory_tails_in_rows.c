/* Structs in an array, of which only the tail is copied: the last element of an array member, and the pointer behind
   it. An index that can only be zero is no step. */
#include "check.h"

struct item { double p; int k; double q[2]; double *r; };

static double tails(double *z, int k) {
    double own[4] = {z[0] * z[1], sin(z[2]), z[3], z[1]};
    struct item s = {z[0], k, {z[1], z[2] * z[0]}, own}, both[2] = {s, s};
    s.r = own + 1, s.q[0] = cos(z[3]), s.q[1] = z[3] * z[2];
    for (int i = 0; i < 2; i++) {
        memcpy(&both[i].q[1], &s.q[1], sizeof s.q[1] + sizeof s.r);
        both[(i + k) & 1].q[k & 1] *= s.q[(k + i) & 1];
    }
    struct item other = both[k & 1];
    memcpy(&other.q[1], &both[~k & 1].q[1], sizeof s.q[1] + sizeof s.r);
    double r = 0;
    for (int i = 0; i < 2; i++) r += both[i].p * both[i].q[(i + k) & 1] * *both[i].r + other.q[i] * other.r[i];
    return r + both[(k & 2) & 1].q[(k & 4) & 3] * both[(2 * k) & 1].r[1];
}

static double odd(double *z, int n) { return tails(z, n - 1); }
static double even(double *z, int n) { return tails(z, n + 2); }
ARRAY_TEST(odd)
ARRAY_TEST(even)

int main(void) {
    CHECK(odd, 0.5, 1.25, -0.75, 2);
    CHECK(even, 0.5, 1.25, -0.75, 2);
    return report();
}
