/* Nests of loops whose reverse may run forward, and others that meet from row to row: rows, columns,
   triangles, scattered sums; arrays that overlap, so that it may not; every length from none on. */
#include "overlap.h"

enum { ROW = 5 };

NOINLINE static void rows(int n, const double *x, double *y) {
    for (int i = 0; i < n / ROW; i++)
        for (int j = 0; j < ROW; j++) y[i * ROW + j] = x[i * ROW + j] * x[j] + sin(x[i]);
}

NOINLINE static void runtime_rows(int n, const double *x, double *y) {
    int m = n / 4;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < m; j++) y[(long)i * m + j] = x[(long)i * m + j] * x[j];
}

NOINLINE static void columns(int n, const double *x, double *y) {
    int m = n / 4;
    for (int j = 0; j < m; j++)
        for (int i = 0; i < 4; i++) y[i * m + j] += x[i * m + j] * x[j] * 0.5;
}

NOINLINE static void triangle(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) y[i] += x[j] * x[i - j] * 0.1;
}

NOINLINE static void scattered(int n, const double *x, double *y) {
    for (int i = 0; i < n / ROW; i++)
        for (int j = 0; j < ROW; j++) y[(i * 7 + j * 3) % n] += x[i * ROW + j] * x[(i + j * j) % n];
}

NOINLINE static void row_from_row(int n, const double *x, double *y) { /* rows wait for each other */
    for (int i = 1; i < n / ROW; i++)
        for (int j = 0; j < ROW; j++) y[i * ROW + j] = 0.5 * y[(i - 1) * ROW + j] + x[i * ROW + j];
}

NOINLINE static void shifted_rows(int n, const double *x, double *y) { /* the end of one is the next's */
    for (int i = 0; i + 1 < n / ROW; i++)
        for (int j = 0; j <= ROW; j++) y[i * ROW + j] = 0.5 * y[i * ROW + j] * x[i] + x[i * ROW + j];
}

NOINLINE static void same_row(int n, const double *x, double *y) { /* overwritten again and again */
    for (int i = 0; i < n / ROW; i++)
        for (int j = 0; j < ROW; j++) y[j] = x[i * ROW + j] * x[j] + 0.25 * x[i];
}

NOINLINE static void upwards(int n, const double *x, double *y) {
    for (int i = n / ROW - 1; i >= 0; i--)
        for (int j = ROW - 1; j >= 0; j--) y[i * ROW + j] = x[i * ROW + j] * x[i];
}

NOINLINE static void turned(int n, const double *x, double *y) {
    for (int i = 0; i < n / ROW; i++)
        for (int j = 0; j < ROW; j++) y[(n / ROW - 1 - i) * ROW + j] = x[i * ROW + j] * x[j];
}

NOINLINE static void prefixes(int n, const double *x, double *y) {
    double total = 0;
    for (int i = 0; i < n / ROW; i++) {
        for (int j = 0; j < ROW; j++) total += x[i * ROW + j] * 0.5;
        y[i] = total * total;
    }
}

NOINLINE static void sums(int n, const double *x, double *y) {
    for (int i = 0; i < n / ROW; i++) {
        double sum = 0;
        for (int j = 0; j < ROW; j++) sum += x[i * ROW + j] * x[j];
        y[0] += sum;
    }
}

NOINLINE static void chosen(int n, const double *x, double *y) {
    for (int i = 0; i < n / ROW; i++) {
        if (i % 3 == 1) continue;
        for (int j = i % 2; j < ROW; j++) y[i * ROW + j] = x[i * ROW + j] * x[i * ROW];
    }
}

NOINLINE static void one_cell(int n, const double *x, double *y) { /* alone, and not side by side */
    for (int i = 0; i < n; i++) y[(i * i) % n] += x[i] * x[(i * 5) % n];
}

static void (*const nests[])(int, const double *, double *) = {
    rows, runtime_rows, columns, triangle, scattered, row_from_row, shifted_rows,
    same_row, upwards, turned, prefixes, sums, chosen, one_cell};

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, rows) CASE(1, runtime_rows) CASE(2, columns) CASE(3, triangle) CASE(4, scattered)
        CASE(5, row_from_row) CASE(6, shifted_rows) CASE(7, same_row) CASE(8, upwards)
        CASE(9, turned) CASE(10, prefixes) CASE(11, sums) CASE(12, chosen) CASE(13, one_cell)
    }
}

int main(void) {
    for (int which = 0; which < LENGTH(nests); which++)
        for (int n = 1; n <= 60; n += n < 12 ? 1 : 9)
            for (int distance = 0; distance <= 80; distance += distance < 6 ? 1 : 37)
                compare(which, n, distance, 1e-11);
    return report();
}
