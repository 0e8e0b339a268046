/* Schemes in place: what has been read is never overwritten later, or is. The version that reads it
   again in the reverse sweep must only run where it is not. */
#include "overlap.h"

static int rows(int n) { return n < 4 ? 1 : n < 9 ? 2 : n < 16 ? 3 : n < 25 ? 4 : 5; }

NOINLINE static void triangular(int n, int gap, double *x) { /* Cholesky's scheme */
    double *y = x + gap;
    int m = rows(n);
    for (int i = 0; i < m; i++)
        for (int j = 0; j <= i; j++) {
            double sum = x[i * m + j] + 2;
            for (int k = 0; k < j; k++) sum -= y[i * m + k] * y[j * m + k] * 0.125;
            if (i == j)
                y[i * m + i] = sqrt(sum * sum + 1);
            else
                y[i * m + j] = sum / (3 + y[j * m + j]);
        }
}

NOINLINE static void substituted(int n, int gap, double *x) {
    double *y = x + gap;
    int m = rows(n);
    for (int i = m - 1; i >= 0; i--) { /* backward: each is read only when it is done */
        double sum = y[i];
        for (int j = i + 1; j < m; j++) sum -= x[i * m + j] * y[j];
        y[i] = sum * 0.5;
    }
    for (int i = 0; i < m; i++) {
        double sum = y[i];
        for (int j = 0; j < i; j++) sum -= x[i * m + j] * y[j];
        y[i] = sum * 0.5;
    }
}

NOINLINE static void eliminated(int n, int gap, double *x) {
    double *y = x + gap;
    int m = rows(n);
    for (int k = 0; k < m; k++)
        for (int i = k + 1; i < m; i++) {
            double factor = y[i * m + k] * 0.25;
            for (int j = k + 1; j < m; j++) y[i * m + j] -= factor * y[k * m + j] * x[j];
        }
}

NOINLINE static void scanned(int n, int gap, double *x) {
    double *y = x + gap;
    for (int i = 1; i < n; i++) y[i] = y[i - 1] * x[i] * 0.5 + y[i - 1] * y[i - 1];
}

NOINLINE static void lagged(int n, int gap, double *x) { /* two steps back, two at a time */
    double *y = x + gap;
    for (int i = 2; i + 1 < n; i += 2) {
        y[i] = y[i - 2] * y[i - 1] * 0.5;
        y[i + 1] = y[i - 1] * x[i] + y[i - 2];
    }
}

NOINLINE static void relaxed(int n, int gap, double *x) { /* what was read is overwritten */
    double *y = x + gap;
    for (int step = 0; step < 3; step++)
        for (int i = 1; i + 1 < n; i++) y[i] = 0.25 * y[i] * y[i + 1] + y[i - 1] * x[i] * 0.5;
}

NOINLINE static void repeated(int n, int gap, double *x) { /* ... in the next round */
    double *y = x + gap;
    for (int step = 0; step < 3; step++)
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int k = 0; k < i; k++) sum += y[k] * y[k] * x[i];
            y[i] = sum * 0.25 + x[i];
        }
}

NOINLINE static void paths(int n, int gap, double *x) { /* a table, row by row */
    double *y = x + gap;
    int m = rows(n);
    for (int i = 1; i < m; i++)
        for (int j = 1; j < m; j++)
            y[i * m + j] += y[(i - 1) * m + j] * y[(i - 1) * m + j - 1] * x[i * m + j];
}

NOINLINE static void strided(int n, int gap, double *x) { /* strides that may be 0 or negative */
    double *y = x + gap;
    for (int step = -1; step < 3; step++)
        for (int i = 1; i < n / 3; i++) {
            int at = step < 0 ? n - 1 : 0;
            y[at + i * step] = y[at + (i - 1) * step] * x[i] * 0.5 + y[at] * y[at + step];
        }
}

NOINLINE static void upwards(int n, int gap, double *x) { /* bounds that depend on both */
    double *y = x + gap;
    for (int i = 0; i < n; i++)
        for (int j = i; j < n && j < i + 3; j++) {
            double sum = 0.5 * x[j];
            for (int k = i; k <= j; k++) sum += y[k] * x[k];
            y[j] = sum * y[i];
        }
}

#define IN_PLACE(number, f)                                                                       \
    case number:                                                                                 \
        f(n, distance, plain);                                                                   \
        __enzyme_fwddiff_void((void *)f, enzyme_const, n, enzyme_const, distance, enzyme_dup, z, \
                              tangent);                                                          \
        __enzyme_autodiff_void((void *)f, enzyme_const, n, enzyme_const, distance, enzyme_dup,   \
                               w, shadow);                                                       \
        break;

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        IN_PLACE(0, triangular)
        IN_PLACE(1, substituted)
        IN_PLACE(2, eliminated)
        IN_PLACE(3, scanned)
        IN_PLACE(4, lagged)
        IN_PLACE(5, relaxed)
        IN_PLACE(6, repeated)
        IN_PLACE(7, paths)
        IN_PLACE(8, strided)
        IN_PLACE(9, upwards)
    }
}

int main(void) {
    for (int which = 0; which < 10; which++)
        for (int n = 1; n <= 30; n += n < 10 ? 3 : 5)
            for (int distance = 0; distance <= 60; distance += distance < 6 ? 1 : 9)
                compare(which, n, distance, 1e-11);
    return report();
}
