/* Nothing reads or writes the floats of y: only the declared type of the pointer tells what moves. */
#include "check.h"

static double shifted(double *x, double *y) {
    memmove(y, y + 1, 3 * sizeof *y);
    return x[0] * x[1];
}

struct series {
    double **rows;
    int count;
};

static double rows_shifted(double *x, double *y) {
    double *row[2] = {y, y + 2}, *in[1] = {x};
    struct series s = {row, 2}, t = {in, 1};
    for (int i = 0; i < s.count; i++) memmove(s.rows[i] + 1, s.rows[i], sizeof(double));
    return t.rows[0][0] * t.rows[0][1];
}

#define TEST(f)                                                                                  \
    static double f##_primal(double *z, int n) { return (void)n, f(z, z + 2); }                  \
    static void f##_reverse(double *z, double *bz, int n) {                                      \
        (void)n;                                                                                 \
        __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, enzyme_dup, z + 2, bz + 2);         \
    }                                                                                            \
    static double f##_forward(double *z, double *dz, int n) {                                    \
        (void)n;                                                                                 \
        return __enzyme_fwddiff((void *)f, enzyme_dup, z, dz, enzyme_dup, z + 2, dz + 2);        \
    }
TEST(shifted)
TEST(rows_shifted)

int main(void) {
    CHECK(shifted, 0.3, 1.5, -0.7, 0.4, 0.25, -1);
    CHECK(rows_shifted, 0.3, 1.5, -0.7, 0.4, 0.25, -1);
    return report();
}
