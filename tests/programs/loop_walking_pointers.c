/* Loops that pointers walk through: in the copies they count, and end where the pointers would. */
#include "check.h"

static double substitution(double *x, int n) { /* what is read lies in front of what is written */
    for (double *q = x; q < x + n; q++) {
        double s = *q;
        for (const double *p = x; p < q; p++) s -= 0.1 * *p * (*q + *p);
        *q = s / (*q * *q + 2);
    }
    double e = 0;
    for (const double *q = x; q != x + n; q++) e += *q * *q;
    return e;
}
ARRAY_TEST(substitution)

struct pair {
    double a, b;
};

static double pairs(double *x, int n) { /* down, by structs; and over them, with a remainder */
    double s = 1;
    const struct pair *first = (const struct pair *)x;
    for (const struct pair *p = first + n / 2; p > first; s = s * 0.5 + p->a * p->b) p--;
    for (const double *p = x; p < x + n; p += 3) s += s * 0.1 * *p;
    for (const double *p = x + n - 1; p >= x; p -= 2) s += 0.2 * *p * s;
    for (double *p = x; p <= x + n - 1; p += 2) *p *= s;
    return s;
}
ARRAY_TEST(pairs)

static double passed_by(double *x, int n) { /* steps of two pass an odd end by; another test ends */
    double s = 0, t = 1;
    const double *end = x + (n | 1);
    for (const double *p = x; p != end && t < 5; p += 2) {
        s += *p * t;
        t += 1 + 0.1 * *p;
        if (p + 2 > x + n - 1) break;
    }
    for (const double *p = x, *q = x + n; p != q; p++) {
        if (*p > 0.7 && p != x) break;
        s = s * *p + *(q - 1 - (p - x));
    }
    return s + t;
}
ARRAY_TEST(passed_by)

static double two_walk(double *x, int n) { /* one step is not a constant; neither moves: an index */
    double s = 0;
    int rows = n / 3;
    const double *row = x;
    for (int i = 0; i < rows; i++, row += rows) {
        const double *p = row, *last = row + rows;
        for (double *q = x; p != last; p++, q++) s += *q * *p, *q += 0.25 * s;
    }
    for (const double *p = x + n, *q = x; q < p;) s += *q++ * *--p;
    return s;
}
ARRAY_TEST(two_walk)

static double sentinel(double *x, int n) { /* the length is in no pointer */
    double s = 0, kept = x[n - 1];
    x[n - 1] = -1;
    double *p = x;
    while (*p >= 0) s += *p * s + *p, p++;
    for (double *q = p; q > x; q--) q[0] = q[-1] * s;
    return s * kept;
}
ARRAY_TEST(sentinel)

static double followed(double *x, int n) { /* one pointer is where the other has been */
    double *before = x, *last = x + n - 1;
    for (double *p = x + 1; p < x + n; before = p, p++) *p += 0.3 * *before * *p;
    for (double *p = last; p != x; last = p, p--) *p *= *last + 0.5 * p[-1];
    return *before * *last + x[n - 1];
}
ARRAY_TEST(followed)

static double never(double *x, int n) { return substitution(x, 0) + pairs(x + n, 0) + x[0]; }
ARRAY_TEST(never)

static double checked(double *x, int n) { /* as sanitizers do: does the address wrap around? (The loop ended at once.) */
    double s = 0;
    for (double *p = x; p != x + n; p++) {
        s += s * *p + *p * *p;
        if (p > (double *)-41) return -1;
    }
    return s;
}
ARRAY_TEST(checked)

static double told_early(double *x, int n) { /* the end is told before other ways part */
    double s = 0;
    for (double *p = x;; p++) {
        int last = p + 1 == x + n;
        if (*p > 0.5) s += *p * *p;
        else if (s > 3) return s;
        if (last) return s * s;
        s *= 1.5;
    }
}
ARRAY_TEST(told_early)

int main(void) {
    CHECK(substitution, 0.5, 0.75, 0.25, 0.9, 0.3);
    CHECK(pairs, 0.5, 0.75, 0.25, 0.9, 0.3, 0.6, 0.4);
    CHECK(pairs, 0.5, 0.75, 0.25, 0.9);
    CHECK(passed_by, 0.5, 0.65, 0.25, 0.6, 0.3, 0.8, 0.2);
    CHECK(passed_by, 0.5, 0.65, 0.25, 0.6);
    CHECK(two_walk, 0.5, 0.75, 0.25, 0.9, 0.3, 0.6, 0.4, 0.55, 0.35);
    CHECK(sentinel, 0.5, 0.75, 0.25, 0.9, 0.3);
    CHECK(sentinel, 0.5);
    CHECK(followed, 0.5, 0.75, 0.25, 0.9, 0.3);
    CHECK(followed, 0.5);
    CHECK(checked, 0.5, 0.75, 0.25);
    CHECK(never, 0.5);
    CHECK(told_early, 0.25, 0.75, 0.3, 0.9);
    CHECK(told_early, 1.25, 1.75, 0.3, 0.9);
    return report();
}
