/* Numbers that a condition and one arm of its branch need: their adjoints are the arm's. */
#include "check.h"

static double within(double *x, int n) { /* a force with cutoff */
    double e = 0;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) {
            double d = x[i] - x[j], r = d * d;
            if (r < 2) {
                double s = 1 / (r + 0.5);
                e += s * s * s - s;
            }
        }
    return e;
}
ARRAY_TEST(within)

static double shell(double *x, int n) { /* sqrt, which is a call, decides and is the arm's */
    double e = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            if (j == i) continue;
            double d = x[i] - x[j], c = exp(-x[j]), r = sqrt(d * d + c);
            if (r < 0.9) e += (0.9 - r) * (0.9 - r) * c;
            if (r > 1.3) {
                x[j] += 0.01 * r;
                e += d / r;
            }
        }
    return e;
}
ARRAY_TEST(shell)

static double overwritten(double *x, int n) { /* what was read is written in front of the branch */
    double s = 0;
    for (int i = 0; i + 1 < n; i++) {
        double a = x[i], b = x[i + 1];
        x[i] = 0.5 * b;
        double c = x[i + 1] * x[i];
        if (c * a < 1.1) {
            x[i + 1] = a / b + x[i];
            s += a / (1 + c * c) + x[i] * b;
        }
        s += x[i + 1] * x[i];
    }
    return s;
}
ARRAY_TEST(overwritten)

static double nested(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double a = x[i] * x[i], b = x[n - 1 - i];
        if (a > 0.5) {
            if (a * b > 1) {
                for (int k = 0; k < i; k++) s += x[k] / (a * b + k);
            } else if (b > 0.4)
                s += exp(-a) / b;
            x[i] = s * 0.1 / (1 + a);
        } else
            s -= sqrt(1 + a) / (2 + b);
    }
    return s;
}
ARRAY_TEST(nested)

static double left(double *x, int n) { /* arms that leave the loop, or go on with what they have */
    double s = 0, last = 1;
    for (int i = 0; i < n; i++) {
        double a = x[i] * last, b = a / (1 + a * a);
        if (a > 1.2) {
            last = a * b;
            continue;
        }
        if (b < 0.05) {
            s += b * a;
            break;
        }
        s += x[i];
    }
    return s * last;
}
ARRAY_TEST(left)

static double sorted(double *x, int n) {
    double s = 0;
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0; j--) {
            double a = x[j - 1], b = x[j];
            if (!(a > b)) break;
            x[j - 1] = b * 1.01;
            x[j] = a;
        }
    for (int i = 0; i < n; i++) s += i * x[i] * x[i];
    return s;
}
ARRAY_TEST(sorted)

static double nearest(double *x, int n) { /* the best of many, and which it was */
    double s = 0;
    int k = n / 3, which = 0;
    for (int i = k; i < n; i++) {
        double best = 5, worst = -5;
        for (int j = 0; j < k; j++) {
            double d = x[i] - x[j], e = x[i] * x[(j + 1) % n], r = d * d + 0.1 * e * e;
            if (r < best) {
                best = r;
                which = j;
            }
        }
        for (int j = 0; j < n; j++) {
            double d = x[i] + x[j], r = d * x[j] + 0.3 * d;
            worst = worst >= r ? worst : r;
        }
        s += sqrt(best) * (1 + which) + worst;
        if (best < 0.3) x[i] += 0.1 * best;
    }
    return s;
}
ARRAY_TEST(nearest)

/* Two arrays, which may be one. */
NOINLINE static double limited(const double *a, double *b, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double p = a[i], q = p * p;
        b[n - 1 - i] += 0.1 * q;
        double r = a[(i + 2) % n];
        if (q + r < 2.5) {
            s += q / (1 + r * r);
            b[i] *= r;
        }
    }
    return s;
}

static double apart(double *x, int n) { return limited(x, x + n / 2, n / 2); }
ARRAY_TEST(apart)
static double same(double *x, int n) { return limited(x, x, n); }
ARRAY_TEST(same)
static double overlapping(double *x, int n) { return limited(x, x + 1, n - 1); }
ARRAY_TEST(overlapping)
static double never(double *x, int n) { return limited(x, x + 1, n - n) + within(x, n - n) + x[0]; }
ARRAY_TEST(never)

#define POINT 0.9, 1.4, 0.3, 2.1, 0.7, 1.2, 0.2, 1.7

int main(void) {
    CHECK(within, POINT);
    CHECK(shell, POINT);
    CHECK(overwritten, POINT);
    CHECK(nested, POINT);
    CHECK(left, POINT);
    CHECK(left, 0.3, 0.8, 1.4, 0.1, 0.01, 2);
    CHECK(sorted, POINT);
    CHECK(nearest, POINT);
    CHECK(nearest, 1.3, 0.2, 0.85, 2.3, POINT, 0.6, 1.9, 0.45, 1.05);
    CHECK(nearest, 0.5, 0.25);
    CHECK(apart, POINT);
    CHECK(same, POINT);
    CHECK(overlapping, POINT);
    CHECK(never, POINT);
    return report();
}
