/* A copy begins within an array and ends behind it: what follows is no element. (A random program;
   LLVM takes the struct's copy apart, into its first fields and 16 bytes from the array's second
   element on, in which lies the pointer.) */
#include "check.h"

struct view { double p; int k; double q[2]; double *r; };

UNUSED static struct view turned(struct view s, double a) {
    s.q[0] = sin((fmax(s.q[(((s.k - s.k) & 63)) & 1], s.q[0]) * (s.p * s.q[((int)(((4.0) * exp(sin(a))))) & 1])));
    return s;
}

static double inner(double a0, double a1, double *x, const double *table, int n) {
    double v0 = x[0], v1 = (-0.125), result = (-0.125);
    double u[8], t[4], *p = u, *q = x; int j = 1, k = 2, fuel = 9;
    for (int c = 0; c < 8; c++) u[c] = sin(x[c & 3]);
    for (int c = 0; c < 4; c++) t[c] = (-0.625);
    struct view s, both[2];
    s.p = x[1];
    s.k = 2; s.r = x; s.q[0] = v1; s.q[1] = v1;
    both[0] = both[1] = s;
    (void)v0, (void)q, (void)p, (void)k, (void)j, (void)fuel, (void)result;
    s.q[(n) & 1] = ((0.5) * (both[((int)(((4.0) * pow((sin((double)((((s.k | j) & 63)) & 7)) + (1.75)), cos(both[0].p))))) & 1].p + sin((q[1] - t[2]))));
    for (double *w12 = x; w12 != x + 8; ++w12) {
        s = turned(s, t[0]);
    }
    if ((n <= k)) goto middle26;
    again25:;
        do {
            do {
                if ((x[(((j & k) & 63)) & 7] < (x[((int)(((4.0) * (u[0] / ((1.25) + (u[0] * u[0])))))) & 7] / ((table[(((n & s.k) & 63)) & 3] * table[(((n & s.k) & 63)) & 3]) + (1.5))))) continue;
            } while (fuel-- > 0 && (s.p >= (q[((int)(((4.0) * atan2((-1.0), (cos(a0) + (2.5)))))) & 3] * v0)));
        } while (fuel-- > 0 && (n > k));
        if ((both[(((s.k & s.k) & 63)) & 1].p >= (both[((k % 3)) & 1].q[(((k | k) & 63)) & 1] + (1.5)))) {
            if ((((8 - j) & 63) <= k)) {
                a1 = sin(tanh(fmin(both[1].q[(s.k) & 1], table[(k) & 3])));
            }
        } else {
            { double *t = p; p = q; q = t; }
            v0 = sin(fma(both[(k) & 1].p, q[3], (double)((k) & 7)));
        }
    middle26:;
        { double *t = q; q = q; q = t; }
        s.k = (((s.k * ((6 - s.k) & 63)) & 63)) & 15;
    if (fuel-- > 0 && ((u[3] >= (v0 * q[0])) && (((k * n) & 63) > 8))) goto again25;
    result = (sin((((double)((((s.k ^ 8) & 63)) & 7) / ((1.25) + ((double)((((s.k ^ 8) & 63)) & 7) * (double)((((s.k ^ 8) & 63)) & 7)))) + copysign(((s.p * s.p) + (0.75)), q[(5) & 3]))) + both[1].q[1]);
    for (int c = 0; c < 8; c++) result += (sin(u[c]) * (-1.125));
    for (int c = 0; c < 4; c++) result += (sin(t[c]) * (-1.25));
    for (int c = 0; c < 2; c++) result += (sin(s.q[c]) * (-1.5));
    for (int c = 0; c < 2; c++) result += (sin(both[1].q[c]) * (0.625));
    for (int c = 0; c < 4; c++) result += (sin(q[c]) * (-0.125));
    for (int c = 0; c < 4; c++) result += (sin(s.r[c]) * (1.125));
    result += cos(v0);
    result += cos(v1);
    result += cos(s.p);
    result += cos(both[0].p);
    return result;
}

static double f(double *z, int n) {
    static const double table[] = {0.2197265625, 0.5947265625, -0.5224609375, 0.9306640625};
    return inner(z[0], z[1], z + 2, table, n - 10 + 4);
}
ARRAY_TEST(f)

int main(void) {
    CHECK_TOL(f, 1e-8, 0.2275390625, -0.0380859375, 0.4462890625, -0.0537109375, -1.2021484375, -0.3115234375, 0.4931640625, 0.2119140625, -0.9521484375, 0.0556640625);
    return report();
}
