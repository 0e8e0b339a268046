/* Pointers and indices that walk through packed triangles: their steps grow from row to row, and the reverse sweep
   computes where they were. Loops that look like it, and do otherwise. */
#include "check.h"

/* A column below the diagonal after the other. */
static double below(double *x, int n) {
    const double *lower = x;
    double v[12], y[12], s = 0;
    int d = 2;
    while ((d + 1) * (d + 2) / 2 <= n) d++;
    for (int i = 0; i < d; i++) v[i] = 1 + 0.25 * i, y[i] = 0;
    for (int j = 0; j < d; j++)
        for (int i = j + 1; i < d; i++) y[i] += sin(*lower++ * v[j]);
    for (int i = 0; i < d; i++) s += y[i] * y[i] * (i + 1);
    return s;
}
ARRAY_TEST(below)

/* A row up to the diagonal after the other, by an int that counts all. */
static double rows(double *x, int n) {
    double s = 0;
    int at = 0;
    for (int i = 0; i < n && (i + 1) * (i + 2) / 2 <= n; i++)
        for (int j = 0; j <= i; j++) s += x[at] * x[at] * x[j] * (at + 1), at++;
    return s;
}
ARRAY_TEST(rows)

/* The same, where how many rows there are is known. */
static double known(double *x, int n) {
    int d = 0, at = 0;
    while ((d + 1) * (d + 2) / 2 <= n) d++;
    double s = 0;
    for (int i = 0; i < d; i++) {
        for (int j = 0; j < i; j++) s += exp(0.1 * x[at++]) * x[j];
        s += x[at] * x[at] * x[at];
        at++;
    }
    return s;
}
ARRAY_TEST(known)

/* Downward: from the last row to the first, through the array from its end. */
static double downward(double *x, int n) {
    int d = 0;
    while ((d + 1) * (d + 2) / 2 <= n) d++;
    double *p = x + n, s = 0;
    for (int i = d - 1; i >= 0; i--)
        for (int j = i; j > 0; j--) {
            --p;
            s += *p * *p * x[j] * (i + 2 * j);
        }
    return s;
}
ARRAY_TEST(downward)

/* In unsigned numbers that wrap around, and of 8 bits. */
static double narrow(double *x, int n) {
    unsigned char at = 250;
    unsigned up = -3u;
    double s = 0;
    for (int j = 0; j < n; j++)
        for (int i = j + 1; i < n; i++) {
            s += x[i] * x[j] * x[j] * ((at & 6) + 1) + x[i] * x[i] * (up & 3);
            at += 3;
            up += 1;
        }
    return s;
}
ARRAY_TEST(narrow)

/* What is added grows by itself. */
static double steps(double *x, int n) {
    long at = 0, by = 1;
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += x[at % n] * x[i] * x[i] * (at + 1);
        at += by;
        by += 2;
    }
    int k = 3;
    for (int i = n; i-- > 0;) {
        s += x[k % n] * x[i] * x[k % n];
        k += i;
    }
    return s;
}
ARRAY_TEST(steps)

/* The inner loop ends before the outer one does, or begins behind its end. */
static double jagged(double *x, int n) {
    double s = 0;
    int m = 2 * n / 3, at = 0;
    for (int j = 0; j < n; j++)
        for (int i = j; i < m; i++) s += x[at % n] * x[i] * x[j] * (at + 1), at++;
    const double *p = x;
    for (int j = 0; j < n; j++) {
        for (int i = j + 1; i < m; i++) s += x[i] * *p * *p, p += (i % 5 == 0);
    }
    int q = 0;
    for (int j = 0; j < n; j++) {
        int i = j < n / 2 ? j + 1 : n;
        if (i < n)
            do {
                s += x[q % n] * x[q % n] * x[i];
                q++;
            } while (++i != n);
    }
    return s;
}
ARRAY_TEST(jagged)

/* Rows that are left out, not only where nothing is in them. */
static double skips(double *x, int n) {
    double s = 0;
    int at = 0, by = 0, up = 0, m = n - 2;
    for (int j = 0; j < n; j++)
        if (j != 2)
            for (int i = 0; i < j; i++) s += x[at & 1] * x[i] * x[at & 1] * (at + 1), at++;
    for (int j = 0; j < n; j++)
        if (j + 1 < m)
            for (int i = j + 1; i < n; i++) s += x[by & 1] * x[i] * x[i] * (by + 1), by++;
    for (int j = 0; j < n; j++)
        if (j != 1)
            for (int i = 0; i < j; i++) s += x[up & 1] * x[i] * x[i] * (up + 1), up += 2;
        else
            up += 2;
    return s;
}
ARRAY_TEST(skips)

/* What ends the inner loop, or leaves it out, is no matter of the counters alone. */
static double broken(double *x, int n) {
    double s = 0;
    int at = 0;
    for (int j = 0; j < n; j++)
        for (int i = j + 1; i < n; i++) {
            if (x[i] > 2.5) break;
            s += x[at % n] * x[i] * x[j] * x[at % n], at++;
        }
    int by = 0;
    for (int j = 0; j < n; j++) {
        if (x[j] > 0.4)
            for (int i = j + 1; i < n; i++) s += x[by % n] * x[i] * x[j] * x[j], by++;
        else
            by += 2;
    }
    int out = 0;
    for (int j = 0; j < n; j++) {
        for (int i = j + 1; i < n; i++) s += x[out % n] * x[i] * x[out % n], out++;
        if (s > 40) break;
    }
    return s;
}
ARRAY_TEST(broken)

/* By two, and three triangles in one another. */
static double deep(double *x, int n) {
    double s = 0;
    int at = 0, by = 1;
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++)
            for (int k = j; k < n; k++) s += x[at % n] * x[k] * x[k], at++;
    for (int i = 0; i < n; i += 2)
        for (int j = i + 1; j < n; j++) s += x[by % n] * x[by % n] * x[j], by += 3;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) s += x[by % n] * x[by % n] * x[j], by += 2;
    return s;
}
ARRAY_TEST(deep)

/* The walk begins again in each iteration of a loop around, elsewhere, and goes on behind the nest. */
static double several(double *x, int n) {
    double s = 0;
    for (int r = 0; r < 3; r++) {
        double *p = x + r;
        int d = 0;
        while (r + (d + 1) * (d + 2) / 2 + 1 < n) d++;
        for (int j = 0; j < d; j++)
            for (int i = j + 1; i < d; i++) *p = *p * x[n - 1 - r] + 0.1 * sin(*p), p++;
        s += *p * *p;
    }
    return s;
}
ARRAY_TEST(several)

int main(void) {
#define ALL(...)                  \
    CHECK(below, __VA_ARGS__);    \
    CHECK(rows, __VA_ARGS__);     \
    CHECK(known, __VA_ARGS__);    \
    CHECK(downward, __VA_ARGS__); \
    CHECK(narrow, __VA_ARGS__);   \
    CHECK(steps, __VA_ARGS__);    \
    CHECK(jagged, __VA_ARGS__);   \
    CHECK(skips, __VA_ARGS__);    \
    CHECK(broken, __VA_ARGS__);   \
    CHECK(deep, __VA_ARGS__);     \
    CHECK(several, __VA_ARGS__)
    ALL(0.5, -0.25);
    ALL(0.5, 0.25, -0.75);
    ALL(0.3, -0.7, 0.9, 0.1, -0.2, 0.8, 1.1);
    ALL(0.5, 0.25, -0.75, 1.5, 1.25, -0.6, 0.35, 0.85, -1.05, 0.95, 0.15, -0.45, 0.65, 0.2, -0.3);
    return report();
}
