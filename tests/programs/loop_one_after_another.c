/* Loops that follow each other at once, and use each other's sums: in the reverse sweep each may run
   the other way round, and the block behind one is the block in front of the next. */
#include "check.h"

enum { N = 40 };

static double chain(double *x, int n) {
    double a[N], b[N];
    for (int i = 0; i < N; i++) a[i] = x[i % n] * i * 0.1, b[i] = 1;
    for (int i = 0; i < N; i++) b[i] += sin(a[i]) * 0.1;
    for (int i = 1; i < N - 1; i++) a[i] = 0.5 * a[i] + 0.1 * b[i - 1] * a[i + 1];
    for (int i = 0; i < N; i++) b[i] *= a[i];
    for (int i = 1; i < N - 1; i++) b[i] = 0.5 * b[i] + 0.1 * (a[i - 1] + a[i + 1]);
    double sum = 0;
    for (int i = 0; i < N; i++) sum += a[i] * b[i];
    for (int i = 0; i < N; i++) a[i] /= 1 + 0.01 * sum * sum;
    for (int i = 0; i < N; i++) b[i] += a[i] * sum;
    double more = 0;
    for (int i = 0; i < N; i++) more += b[i] * b[i];
    for (int i = 0; i < N; i++) a[i] = 0.9 * a[i] + more * b[i];
    for (int i = 0; i < N; i++) sum += a[i] * more;
    return sum;
}
ARRAY_TEST(chain)

static double normalised(double *x, int n) {
    double a[N], b[N], sum = 0, more = 0;
    for (int i = 0; i < N; i++) a[i] = x[i % 4] * i * 0.1, b[i] = n;
    for (int i = 0; i < N; i++) sum += a[i] * b[i];
    for (int i = 0; i < N; i++) a[i] /= 1 + fabs(sum) * 0.01;
    for (int i = 0; i < N; i++) more += a[i] * b[i];
    return more;
}
ARRAY_TEST(normalised)

int main(void) {
    CHECK(chain, 0.5, 0.7, 0.2, -0.3);
    CHECK(normalised, 0.5, 0.7, 0.2, -0.3);
    return report();
}
