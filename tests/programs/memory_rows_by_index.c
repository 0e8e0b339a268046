/* Arrays reached through rows of indices, which may overlap with what is written: the check looks
   at all indices in one loop, also at those between the rows. */
#include "overlap.h"

enum { MOST = 40 };
static int first[MOST + 1], last[MOST], column[8 * MOST];
static unsigned places[8 * MOST];

NOINLINE static void product(int n, double *x, double *y, const int *first, const int *last,
                             const int *col) {
    for (int i = 0; i < n; i++) {
        double s = 0.25 * i;
        for (int k = first[i]; k < last[i]; k++) s += x[k % 3] * x[col[k]] * x[col[k]];
        y[i] = s;
    }
}

NOINLINE static void by_places(int n, double *x, double *y, const int *first, const int *last,
                               const unsigned *at) {
    for (int i = n - 1; i >= 0; i--)
        for (int k = first[i]; k < last[i]; k++) y[i] = 0.5 * y[i] * x[at[k]] + x[n + k % 2];
}

NOINLINE static void values(int n, double *x, double *y, const int *first, const int *last,
                            const int *col) {
    for (int i = 0; i < n; i++) {
        double s = 0;
        for (int k = first[i]; k < last[i]; k++) s += x[k] * x[col[k]];
        y[i] = s * x[i];
    }
}

NOINLINE static void again(int n, double *x, double *y, const int *first, const int *last,
                           const int *col) { /* the same rows, many times */
    for (int t = 0; t < 3; t++)
        for (int i = 0; i < n; i++) {
            double s = 0;
            for (int k = first[i]; k < last[i]; k++) s += 0.3 * x[col[k]] * x[col[k]];
            y[i] = 0.5 * y[i] * s + s;
        }
}

NOINLINE static void stopped(int n, double *x, double *y, const int *first, const int *last,
                             const int *col) { /* no one knows how far the rows are read */
    for (int i = 0; i < n; i++)
        for (int k = first[i]; k < last[i] + 100; k++) {
            if (col[k] == 3 || k >= last[i]) break;
            y[i] = y[i] * x[col[k]] + x[col[k]];
        }
}

struct pair {
    double a, b;
};

NOINLINE static void views(int n, double *x, double *y, const int *first, const int *last,
                           const int *col) { /* one index, two kinds of elements */
    const struct pair *pairs = (const struct pair *)x;
    for (int i = 0; i < n; i++)
        for (int k = first[i]; k < last[i]; k++)
            y[i] = 0.5 * y[i] * x[col[k]] * pairs[col[k]].a + pairs[col[k]].a * x[col[k]];
}

#define ROWS(number, f, index)                                                                   \
    case number:                                                                                 \
        f(n, plain, plain + distance, first, last, index);                                       \
        __enzyme_fwddiff_void((void *)f, enzyme_const, n, enzyme_dup, z, tangent, enzyme_dup,    \
                              z + distance, tangent + distance, enzyme_const, first,             \
                              enzyme_const, last, enzyme_const, index);                          \
        __enzyme_autodiff_void((void *)f, enzyme_const, n, enzyme_dup, w, shadow, enzyme_dup,    \
                               w + distance, shadow + distance, enzyme_const, first,             \
                               enzyme_const, last, enzyme_const, index);                         \
        break;

enum { FUNCTIONS = 6 };

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        ROWS(0, product, column)
        ROWS(1, by_places, places)
        ROWS(2, values, column)
        ROWS(3, again, column)
        ROWS(4, stopped, column)
        ROWS(5, views, column)
    }
}

/* Rows one behind the other, with gaps, in another order, empty ones; and far apart. */
static void arrange(int kind, int n) {
    int at = 0;
    for (int k = 0; k < 8 * MOST; k++) {
        column[k] = 5 + k * 7 % (n + 2);
        places[k] = (unsigned)(k * 5 % (n + 3));
    }
    for (int r = 0; r < n; r++) {
        int i = kind == 2 ? (r * 3 + 1) % n : r, length = (r * 5 + kind) % 4;
        first[i] = at;
        last[i] = at + length;
        at += length + (kind == 1) * (r % 3) + (kind == 3) * (r == 1 ? 100 : 0);
    }
    if (kind == 1) /* what is in between belongs to nobody */
        for (int k = 0, r = 0; k < 8 * MOST; k++) {
            while (r < n && k >= last[r]) r++;
            if (r < n && k < first[r]) column[k] = -1000, places[k] = 4000000000u;
        }
}

int main(void) {
    for (int kind = 0; kind < 4; kind++)
        for (int which = 0; which < FUNCTIONS; which++)
            for (int n = 0; n <= 20; n += n < 5 ? 1 : 5)
                for (int distance = 0; distance <= 120; distance += distance < 8 ? 1 : 14) {
                    if (n % 3 == 0 && kind == 2) continue; /* no order of the rows */
                    arrange(kind, n);
                    compare(which, n, distance, 1e-11);
                }
    return report();
}
