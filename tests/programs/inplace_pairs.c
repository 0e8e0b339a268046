/* Two cells that are updated together, which are one cell at times: the distance is zero, or a whole
   element where both halves are written; or never zero, since a branch says so. */
#include "check.h"

NOINLINE static void rotate(double *x, int i, int j, double c) {
    double a = x[i], b = x[j];
    x[i] = c * a - 0.5 * b;
    x[j] = 0.5 * a + c * b;
}

static double pairs(double *x, int n) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double a = x[i], b = x[j];
            x[i] = 0.8 * a - 0.5 * b;
            x[j] = 0.5 * a + 0.7 * b;
            x[i] += 0.1 * x[j];
        }
    for (int i = 0; i < n; i++) rotate(x, i, n - 1 - i, 0.75);
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}
ARRAY_TEST(pairs)

static double by_distance(double *x, int n, int distance) {
    for (int k = 0; k + distance + 1 < n; k++) {
        double a = x[k], b = x[k + 1], c = x[k + distance], d = x[k + distance + 1];
        x[k] = a + 0.5 * c;
        x[k + 1] = b - 0.25 * d;
        x[k + distance] = c * a;
        x[k + distance + 1] = sin(d) + 0.5 * b;
    }
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (i + 1) * x[i];
    return sum;
}

static double distances(double *x, int n) {
    double sum = 0;
    for (int distance = 0; distance < 4; distance++) sum += by_distance(x, n, distance);
    return sum;
}
ARRAY_TEST(distances)

NOINLINE static void apart(double *x, int n, int distance) {
    if (distance >= 2)
        for (int k = 0; k + distance + 1 < n; k += 2) {
            double a = x[k], b = x[k + 1];
            x[k] = a + x[k + distance];
            x[k + distance] = a * b;
            x[k + distance + 1] *= x[k + 1];
            x[k + 1] -= 0.5 * x[k + distance];
        }
    if (distance > 0)
        for (int k = 0; k + distance + 1 < n; k++) {
            x[k] += 0.5 * x[k + distance + 1];
            x[k + distance] = x[k + 1] * x[k];
            x[k + 1] -= x[k + distance];
        }
}

static double apart_or_not(double *x, int n) {
    double sum = 0;
    for (int distance = -1; distance < 4; distance++) apart(x, n, distance);
    for (int i = 0; i < n; i++) sum += (i + 1) * x[i];
    return sum;
}
ARRAY_TEST(apart_or_not)

int main(void) {
    CHECK(pairs, 0.5);
    CHECK(pairs, 0.5, 0.75, 0.25);
    CHECK(distances, 0.5, 0.75, 0.25, 0.3);
    CHECK(distances, 0.5, 0.75, 0.25, 1.25, -1.0, 0.3, 0.8, 0.9);
    CHECK(apart_or_not, 0.5, 0.75, 0.25, 0.3);
    CHECK(apart_or_not, 0.5, 0.75, 0.25, 1.25, -1.0, 0.3, 0.8, 0.9, 0.4);
    return report();
}
