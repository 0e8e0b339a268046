/* The best of many numbers: its adjoint goes to where it was found. */
#include "check.h"

static double nearest(double *x, int n) { /* points and centres, n - 4 of them */
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double best = 1e300;
        for (int j = 0; j + 4 < n; j++) {
            double d = x[i] - x[j + 2], e = x[i] * x[j + 3] - 0.3, r = d * d + e * e;
            if (r < best) best = r;
        }
        if (best < 1e300) sum += best * x[i];
    }
    return sum;
}
ARRAY_TEST(nearest)

static double looked_up(double *x, int n) { /* by a table, and by sqrt, fmax and a float */
    static const int table[] = {3, 0, 2, 1, 3};
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double best = x[i];
        for (int j = 0; j < 5; j++) {
            int k = table[j] % n;
            best = fmax(best, sqrt(1 + x[k] * x[k]) - x[k] * x[i] * 0.3 - 0.2 * x[k]);
        }
        sum += best * best;
    }
    return sum;
}
ARRAY_TEST(looked_up)

static double moved(double *x, int n) { /* what has been read changes before the search ends */
    double sum = 0;
    for (int r = 0; r < 3; r++) {
        double best = -1e300;
        for (int i = 0; i + 1 < n; i++) {
            double v = x[i] * x[i + 1] + 0.5 * x[i] - x[i + 1] * x[i + 1];
            best = v > best ? v : best;
            x[i] += 0.1 * x[i + 1];
        }
        sum = sum * 0.5 + best;
    }
    return sum;
}
ARRAY_TEST(moved)

static double later(double *x, int n) { /* ... or behind it, and the search is done again */
    double sum = 0;
    for (int r = 0; r < 3; r++) {
        double best = -1e300;
        for (int i = 0; i + 1 < n; i++) {
            double v = x[i] * x[i + 1] + 0.5 * x[i] - x[i + 1] * x[i + 1];
            best = v > best ? v : best;
        }
        for (int i = 0; i < n; i++) x[i] = 0.7 * x[i] + 0.1 * best * x[(i + 1) % n];
        sum = sum * 0.5 + best;
    }
    return sum;
}
ARRAY_TEST(later)

static double two(double *x, int n) { /* the best and the second best, and where the best was */
    double best = -1e300, second = -1e300;
    int at = 0;
    for (int i = 0; i + 1 < n; i++) {
        double v = x[i] * x[i + 1] * 2 + x[i] * x[i] - x[i + 1];
        if (v > best) {
            second = best;
            best = v;
            at = i;
        } else if (v > second)
            second = v;
    }
    return best * x[at] + 2 * second;
}
ARRAY_TEST(two)

static double pooled(double *x, int n) { /* cells of three beside each other, and zero; windows */
    double w[3] = {0.7, -0.4, 1.1}, sum = 0;
    for (int i = 0; i + 5 < n; i++) {
        double best = 0;
        for (int a = 0; a < 2; a++)
            for (int b = 0; b < 2; b++) {
                double v = 0;
                for (int k = 0; k < 3; k++) v += w[k] * x[i + 2 * a + b + k] * x[k];
                best = v > best ? v : best;
            }
        sum += best * x[i];
    }
    return sum;
}
ARRAY_TEST(pooled)

static double beside(double *x, int n) { /* in one block: known distances, and a bound */
    double y[9], sum = 0;
    for (int i = 0; i < 9; i++) y[i] = x[i % n] + 0.1 * i;
    for (int i = 0; 3 * i + 3 < n; i++) {
        double a = y[3 * i] * x[2 * i] - 0.5 * y[3 * i] * y[3 * i + 1],
               b = y[3 * i + 1] * x[2 * i] - 0.5 * y[3 * i + 1] * y[3 * i + 2],
               c = y[3 * i + 2] * x[2 * i] - 0.5 * y[3 * i + 2] * y[3 * i + 3];
        double m = a > 0.3 ? a : 0.3;
        m = b > m ? b : m;
        m = c > m ? c : m;
        sum += m * m * x[i] + fmin(fmin(a, b), c);
    }
    return sum;
}
ARRAY_TEST(beside)

typedef struct {
    double x, y;
    int kind;
    float mass;
} Body;

static double of_structs(double *x, int n) { /* in two dimensions, with a break, from far to near */
    Body(*bodies)[5] = malloc((size_t)n * sizeof *bodies);
    for (int i = 0; i < 5 * n; i++) {
        bodies[i / 5][i % 5] =
            (Body){x[i % n] * (1 + 0.1 * i), x[(i + 1) % n] - 0.05 * i, i, (float)x[(i + 2) % n]};
    }
    double sum = 0;
    for (int k = 0; k < n; k++) {
        double best = 50;
        for (int i = n - 1; i >= 0; i--)
            for (int j = n - 3; j >= 0; j--) {
                Body *b = &bodies[i][j];
                double dx = b->x - x[k], dy = b->y + x[k], d = (dx * dx + dy * dy) * (1 + b->mass);
                if (d < best) best = d;
            }
        double first = 1e9;
        for (int j = n - 3; j > 0; j--) {
            if (bodies[1][j].kind > 8) break;
            double d = bodies[1][j].x * x[k] + bodies[1][j - 1].y * bodies[1][j].x;
            if (d < first) first = d;
        }
        sum += best + (first < 1e9 ? first : x[k]);
    }
    free(bodies);
    return sum;
}
ARRAY_TEST(of_structs)

static double single(double *x, int n) { /* float, the first one outside */
    float y[8], best, sum = 0;
    for (int i = 0; i < 8; i++) y[i] = (float)(x[i % n] + 0.1 * i);
    best = y[0] * y[1] - y[1] * y[1];
    for (int i = 1; i < 7; i++) {
        float v = y[i] * y[i + 1] - y[i + 1] * y[i + 1];
        if (v >= best) best = v;
    }
    sum = best * y[2];
    return sum;
}

static double not_numbers(double *x, int n) { /* what is not a number is never chosen */
    double best = -1;
    for (int i = 0; i + 1 < n; i++) {
        double v = sqrt(x[i] - 0.9) + x[i] * x[i + 1];
        if (v > best) best = v;
    }
    return best * x[0];
}

static double none(double *x, int n) { /* nothing is looked at, and memory ends */
    double sum = 0;
    for (int m = 0; m < 3; m++) {
        double *y = malloc((size_t)(m + 1) * sizeof *y), best = x[0];
        for (int i = 0; i <= m; i++) y[i] = x[i % n] * (1 + m);
        for (int i = 0; i < m; i++) {
            double v = y[i] * y[i + 1] - 0.4 * y[i] * y[i] + y[i + 1];
            best = v > best ? v : best;
        }
        free(y);
        sum += best * best;
    }
    return sum;
}
ARRAY_TEST(none)

#define PLAIN(f)                                                                                 \
    static void f##_check(double *x, int n, double tol) {                                        \
        double bx[8] = {0}, y[8];                                                                \
        memcpy(y, x, sizeof y);                                                                  \
        __enzyme_autodiff_void((void *)f, enzyme_dup, y, bx, enzyme_const, n);                   \
        for (int i = 0; i < n; i++) {                                                            \
            double h = 0x1p-9, up, down, dx[8] = {0};                                            \
            memcpy(y, x, sizeof y);                                                              \
            y[i] = x[i] + h, up = f(y, n), y[i] = x[i] - h, down = f(y, n), y[i] = x[i];         \
            dx[i] = 1;                                                                           \
            CHECK_CLOSE(bx[i], (up - down) / (2 * h), tol);                                      \
            CHECK_CLOSE(__enzyme_fwddiff((void *)f, enzyme_dup, y, dx, enzyme_const, n), bx[i],  \
                        1e-6);                                                                   \
        }                                                                                        \
    }
PLAIN(single)
PLAIN(not_numbers)

#define POINT 0.9, -0.4, 1.3, 0.7, -1.1, 1.6, 0.35

int main(void) {
    CHECK(nearest, POINT);
    CHECK(nearest, 0.9, -0.4, 1.3, 0.7);
    CHECK(looked_up, POINT);
    CHECK(moved, POINT);
    CHECK(later, POINT);
    CHECK(two, POINT);
    CHECK(pooled, POINT);
    CHECK(beside, POINT);
    CHECK_TOL(of_structs, 1e-4, POINT);
    CHECK(none, POINT);
    double y[8] = {POINT, 0.2}, z[8] = {1.2, 0.4, 1.3, 0.7, 1.1, 1.6, 1.35, 0.2};
    single_check(y, 8, 2e-3);
    not_numbers_check(z, 8, 1e-4);
    return report();
}
