/* Elimination in place: what a step has read is not written later, as rows and columns tell, where
   rows do not overlap; where they do, or run backward, it is. */
#include "check.h"

/* Rows of n numbers, `ld` apart: with ld < n they overlap. */
static double eliminate(double *u, int n, int ld) {
    double sum = 0;
    for (int k = 0; k < n; k++)
        for (int i = k + 1; i < n; i++) {
            double l = u[i * ld + k] / (2 + u[k * ld + k] * u[k * ld + k]);
            u[i * ld + k] = l;
            for (int j = k + 1; j < n; j++) u[i * ld + j] -= l * u[k * ld + j];
        }
    for (int i = 0; i < n; i++) sum += sin(u[i * ld + i]);
    return sum;
}

static double factor(double *z, int n) {
    int order = n < 4 ? 1 : n < 9 ? 2 : 3;
    return eliminate(z, order, order);
}
static double overlapping(double *z, int n) { return eliminate(z, n / 3, 2); }
static double on_one_line(double *z, int n) { return eliminate(z, n, 0); }

/* Rows from the last to the first. */
static double upward(double *z, int n) { return eliminate(z + n - 4, 4, -3); }

/* A size in 64 bits that LLVM knows nothing about, one matrix behind the other. */
static double batch(double *z, int count) {
    size_t n = 3, matrices = (size_t)count / 9;
    double sum = 0;
    if (z[0] > 100) n = 2;
    for (size_t m = 0; m < matrices; m++) {
        double *u = z + m * n * n;
        for (size_t k = 0; k < n; k++)
            for (size_t i = k + 1; i < n; i++) {
                double l = u[i * n + k] / (3 + u[k * n + k]);
                u[i * n + k] = l * l;
                for (size_t j = k + 1; j < n; j++) u[i * n + j] -= l * u[k * n + j];
            }
        sum += u[n * n - 1] * u[n];
    }
    return sum;
}

/* Matrices that share a row: the next one changes what this one has read. */
static double sharing(double *z, int n) {
    double sum = 0;
    for (int m = 0; m + 6 <= n; m += 3) {
        double *u = z + m;
        for (int j = 0; j < 3; j++) {
            double l = u[j] * u[3 + j];
            u[3 + j] = exp(-l);
            sum += l * u[j];
        }
    }
    return sum;
}

/* What is stored is needed, and is there still; the second loop writes to every other one of them. */
static double every_other(double *z, int n) {
    double sum = 0;
    for (int i = 1; i < n; i++) {
        double e = exp(z[i] * z[i - 1]);
        z[i] = e;
        sum += e * e * z[i - 1];
    }
    for (int i = 0; i < n; i += 2) z[i] = 0.5 * z[i] * z[i];
    return sum;
}

/* A loop that ends early, and a column that each step reads and the next one writes. */
static double early(double *z, int n) {
    double sum = 0;
    for (int k = 0; k + 1 < n; k++) {
        if (z[k] > 3) break;
        for (int i = k; i < n - 1; i++) z[i] = sin(z[i]) * z[i + 1];
        sum += z[k] * z[k + 1];
    }
    return sum;
}

/* 32 bits that wrap around: the second half of the loop writes where the first has read. */
static double around(double *z, int n) {
    double sum = 0;
    unsigned first = 0u - (unsigned)n;
    for (unsigned i = first; i != (unsigned)n; i++) {
        unsigned at = i & 3u;
        double s = sin(z[at]);
        sum += s * z[at + 4];
        z[at + 4] = s * s;
        z[at] = 0.5 * s;
    }
    return sum;
}

ARRAY_TEST(factor)
ARRAY_TEST(overlapping)
ARRAY_TEST(on_one_line)
ARRAY_TEST(upward)
ARRAY_TEST(batch)
ARRAY_TEST(sharing)
ARRAY_TEST(every_other)
ARRAY_TEST(early)
ARRAY_TEST(around)

int main(void) {
    CHECK(factor, 0.5);
    CHECK(factor, 1, 0.5, 0.25, 2);
    CHECK(factor, 1, 0.5, 0.25, 2, 1.5, -0.5, 0.75, 0.3, 1.25);
    CHECK(overlapping, 1, 0.5, 0.25, 2, 1.5, -0.5, 0.75, 0.3, 1.25, 0.4, -0.7, 0.9);
    CHECK(on_one_line, 1, 0.5, 0.25, 0.8);
    CHECK(upward, 1, 0.5, 0.25, 2, 1.5, -0.5, 0.75, 0.3, 1.25, 0.4, -0.7, 0.9, 0.2, 0.6, -0.1, 0.35);
    CHECK(batch, 1, 0.5, 0.25, 2, 1.5, -0.5, 0.75, 0.3, 1.25, 0.4, -0.7, 0.9, 0.2, 0.6, -0.1, 0.35,
          0.8, 1.1);
    CHECK(batch, 1, 0.5);
    CHECK(sharing, 1, 0.5, 0.25, 0.2, 1.5, -0.5, 0.75, 0.3, 1.25, 0.4, -0.7, 0.9);
    CHECK(every_other, 0.5, 0.25, -0.5, 0.75, 0.3);
    CHECK(early, 0.5, 0.25, -0.5, 0.75, 0.3, 1.25);
    CHECK(early, 0.5, 0.25, 5, 0.75, 0.3, 1.25);
    CHECK(around, 0.5, 0.25, -0.5, 0.75, 0.3, 1.25, 0.4, 0.9);
    return report();
}
