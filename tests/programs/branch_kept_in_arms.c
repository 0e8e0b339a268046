/* Numbers that arms of a branch keep share a slot: each arm reads its own, also where arms fall
   through, lie in one another, or are followed by more that is kept. */
#include "check.h"

static double arms(const double *x, int k) {
    double s = x[0], last = 1;
    switch (k) {
        case 0: {
            double a = exp(x[0] * x[1]), b = sin(a * x[2]);
            s += a * b * b;
            last = b;
        }
        /* fall through: what was kept is still there */
        case 1: {
            double c = cos(x[1] * s), d = exp(c * x[3]);
            s += c * d;
            last *= d;
            break;
        }
        case 2: {
            double e = sqrt(1 + x[3] * x[3]);
            if (e > 1.2) {
                double g = exp(0.2 * e * x[0]);
                s *= g * g;
                last = g;
            } else {
                double h = tanh(e * x[1]), i = sin(h * x[2]);
                s += h * i;
                last = i;
            }
            s += e * e;
            break;
        }
        case 3:
            if (x[2] < 0.2) return exp(0.1 * s * x[2]) * sin(s);
        /* fall through */
        case 4: {
            double j = sin(x[2] * x[2]);
            s -= j * j * j;
            break;
        }
    }
    double after = exp(0.1 * sin(s * last));
    return after * after * last;
}

static double one(double *x, int n) { return arms(x, n - 4); }
ARRAY_TEST(one)

static double two(double *x, int n) { return arms(x, n % 4) * arms(x + n - 4, n % 5); }
ARRAY_TEST(two)

static double all(double *x, int n) { /* in a loop, each iteration keeps its own */
    double s = 0;
    for (int i = 0; i + 4 <= n; i++) s += arms(x + i, i % 6);
    return s;
}
ARRAY_TEST(all)

int main(void) {
    CHECK(one, 0.4, -0.3, 0.7, 0.9);
    CHECK(one, 0.4, -0.3, 0.7, 0.9, 0.1);
    CHECK(one, 0.4, -0.3, 0.7, 0.9, 0.1, 0.2);
    CHECK(one, 0.4, -0.3, 0.7, 0.5, 0.1, 0.2);
    CHECK(one, 0.4, -0.3, 0.7, 0.9, 0.1, 0.2, 0.3);
    CHECK(one, 0.4, -0.3, 0.1, 0.9, 0.1, 0.2, 0.3);
    CHECK(one, 0.4, -0.3, 0.7, 0.9, 0.1, 0.2, 0.3, 0.4);
    CHECK(two, 0.4, -0.3, 0.7, 0.9, -0.6, 0.8, 0.1, 0.2, 0.55);
    CHECK(two, 0.4, -0.3, 0.7, 0.9, 0.1, 0.2, 0.3);
    CHECK(two, 0.4, -0.3, 0.7, 0.9, 0.1, 0.2);
    CHECK(all, 0.4, -0.3, 0.7, 0.9, -0.6, 0.8, 0.1, 0.2, 0.55);
    return report();
}
