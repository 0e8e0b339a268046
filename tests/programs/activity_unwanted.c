/* What nobody wants of the primal is left out, and what somebody reads is not: outputs that are not
   needed but read again, aliases, local memory, copies, memory that a call reads. */
#include "check.h"

static void chain(const double *x, double *y, double *z, int n) {
    for (int i = 0; i < n; i++) y[i] = x[i] * x[i];
    for (int i = 1; i < n; i++) y[i] += sin(y[i - 1]); /* reads what is not needed */
    for (int i = 0; i < n; i++) z[i] = 3 * y[i];
}

/* y may be x: its stores are wanted then, though the user does not need them. */
static double through_alias(const double *x, double *y, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) y[i] = 2 * y[i] + 1;
    for (int i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}

NOINLINE static void scale(double *v, int n, double by) {
    for (int i = 0; i < n; i++) v[i] *= by;
}

static double local_work(const double *x, int n, double *seen) {
    double a[8], b[8], *heap = malloc(8 * sizeof *heap), sum = 0;
    for (int i = 0; i < n; i++) a[i] = 2 * x[i];
    memcpy(b, a, sizeof b[0] * (size_t)n);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < n; i++) b[i] += 0.5 * a[(i + k) % n];
    for (int i = 0; i < n; i++) heap[i] = b[i];
    scale(heap, n, 3);
    for (int i = 0; i < n; i++) sum += heap[i];
    *seen = heap[0]; /* the user reads this one */
    free(heap);
    return sum;
}

NOINLINE static double norm(const double *v, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += v[i] * v[i];
    return s;
}

static int count_large(const double *v, int n) {
    int k = 0;
    for (int i = 0; i < n; i++) k += v[i] > 1;
    return k;
}

static double by_calls(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) y[i] = x[i] * x[i];
    return norm(y, n) * count_large(y, n);
}

NOINLINE static void halves(const double *x, double *y, int n) {
    if (n == 1) {
        y[0] = 5 * x[0];
        return;
    }
    halves(x, y, n / 2);
    halves(x + n / 2, y + n / 2, n - n / 2);
    for (int i = 1; i < n; i++) y[i] += y[i - 1];
}

/* What one run writes behind its row is read by the next one, of which that is the row. */
NOINLINE static double rows(double x, double *row, int n) {
    double sum = 0;
    for (int i = 0; i < 40; i++) sum += row[i];
    if (n == 0) return sum;
    for (int i = 0; i < 40; i++) row[40 + i] = (i + 1) * x;
    double rest = rows(x, row + 40, n - 1);
    return sum + rest * rest;
}

int main(void) {
    double x[4] = {0.5, 2, 3, -1}, y[4] = {0}, z[4], bx[4] = {0}, by[4] = {0}, bz[4] = {1, 1, 1, 1};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)chain, enzyme_dup, x, bx, enzyme_dupnoneed, y, by,
                           enzyme_dupnoneed, z, bz, enzyme_const, 4);
    double w[4], c[4] = {0, 0, 0, 3};
    for (int i = 0; i < 4; i++) w[i] = x[i] * x[i] + (i ? sin(w[i - 1]) : 0);
    for (int i = 3; i > 0; i--) c[i - 1] = 3 + c[i] * cos(w[i - 1]);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(bx[i], 2 * x[i] * c[i], 1e-13);

    double u[3] = {1, 2, 3}, bu[3] = {0};
    __enzyme_autodiff((void *)through_alias, enzyme_dup, u, bu, enzyme_dupnoneed, u, bu,
                      enzyme_const, 3);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(bu[i], 2 * (2 * (i + 1) + 1) * 2, 1e-14);

    double seen = 0, bseen = 0, bv[4] = {0};
    __enzyme_autodiff((void *)local_work, enzyme_dup, x, bv, enzyme_const, 4, enzyme_dup, &seen,
                      &bseen);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(bv[i], 3 * (2 + 3), 1e-13);
    CHECK_CLOSE(seen, 3 * (1 + 0.5 * (1 + 4 + 6)), 1e-13);

    double bc[4] = {0}, nothing[4] = {0};
    __enzyme_autodiff((void *)by_calls, enzyme_dup, x, bc, enzyme_dupnoneed, y, nothing,
                      enzyme_const, 4);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(bc[i], 2 * 4 * x[i] * x[i] * x[i], 1e-13);

    double bh[4] = {0}, seeds[4] = {1, 0, 0, 2};
    __enzyme_autodiff_void((void *)halves, enzyme_dup, x, bh, enzyme_dupnoneed, y, seeds,
                           enzyme_const, 4);
    double a[4] = {0.5, 2, 3, -1}, plus[4], minus[4];
    for (int i = 0; i < 4; i++) {
        double at = a[i];
        a[i] = at + 1;
        halves(a, plus, 4);
        a[i] = at - 1;
        halves(a, minus, 4);
        a[i] = at;
        CHECK_CLOSE(bh[i], (plus[0] - minus[0]) / 2 + (plus[3] - minus[3]), 1e-13);
    }
    double row[120] = {0}, brow[120] = {0};
    double slope = __enzyme_autodiff((void *)rows, enzyme_out, 0.5, enzyme_dupnoneed, row, brow,
                                     enzyme_const, 1);
    CHECK_CLOSE(slope, 2 * 820 * 820 * 0.5, 1e-13);
    return report();
}
