/* Overlapping moves of few structs of several kinds, upwards and downwards: cell by cell, in turn. Arrays behind pointers in
   front of them, copied to and fro, further on each time. */
#include "check.h"

struct item { double value; const double *place; float factor; int index; };

static double moved(double *x, int n) {
    struct item row[4];
    for (int i = 0; i < 4; i++)
        row[i] = (struct item){x[i % n] * x[0], x + (i + 1) % n, 0.5f * i + (float)x[i % n] * 0, i % n};
    memmove(row + 1, row, 2 * sizeof *row);
    row[0].value *= 2;
    memmove(row, row + 1, 3 * sizeof *row);
    row[2].value *= x[1];
    memmove(row + 2, row, 2 * sizeof *row);
    double sum = 0;
    for (int i = 0; i < 4; i++) sum += row[i].value * *row[i].place * row[i].factor + x[row[i].index] * i;
    return sum;
}
ARRAY_TEST(moved)

static double to_and_fro(double *x, int n) {
    double own = 2, r = 0;
    double **s = malloc(sizeof *s + 16 * sizeof(double)), *b = (double *)(s + 1);
    double **t = malloc(sizeof *t + 16 * sizeof(double)), *c = (double *)(t + 1);
    *s = *t = &own;
    for (int i = 0; i < n; i++) b[i] = c[i] = x[i] * x[i];
    for (int k = 0; k < 2; k++) {
        memcpy(c + 1, b, n * sizeof *c);
        memcpy(b, c, n * sizeof *b);
    }
    for (int i = 0; i < n; i++) r += b[i] * **s + c[i + 1] * (i + 1) * **t;
    free(s), free(t);
    return r;
}
ARRAY_TEST(to_and_fro)

int main(void) {
    CHECK(moved, 0.5, 1.25, -0.75);
    CHECK(moved, 0.5, 1.25, -0.75, 0.3);
    CHECK(to_and_fro, 0.5, 1.25, -0.75, 0.3);
    return report();
}
