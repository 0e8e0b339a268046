/* A derivative that is inlined in a loop, each time for memory that the time before has written as well: what is apart
   in one call is not apart from what the next one reads. */
#include "check.h"

enum { STEP = 10, TIMES = 3, SIZE = STEP * (TIMES + 1) };

static inline void parts(double *p) {
    for (int j = 0; j < STEP; j++) p[STEP + j] = p[j] * p[j] + p[STEP + j] * 0.5;
}

static inline void two(double *restrict p, double *restrict q) {
    for (int j = 0; j < STEP; j++) q[j] = p[j] * p[j] + q[j] * 0.5;
}

NOINLINE static void one_pointer(double *x, double *dx) {
    for (int i = TIMES - 1; i >= 0; i--)
        __enzyme_autodiff_void((void *)parts, enzyme_dup, x + STEP * i, dx + STEP * i);
}

NOINLINE static void two_pointers(double *x, double *dx) {
    for (int i = TIMES - 1; i >= 0; i--) {
        double *p = x + STEP * i, *dp = dx + STEP * i;
        __enzyme_autodiff_void((void *)two, enzyme_dup, p, dp, enzyme_dup, p + STEP, dp + STEP);
    }
}

NOINLINE static void by_hand(double *x, double *dx) {
    for (int i = TIMES - 1; i >= 0; i--)
        for (int j = 0; j < STEP; j++) {
            int at = STEP * i + j;
            double seed = dx[at + STEP], old = x[at];
            x[at + STEP] = old * old + x[at + STEP] * 0.5;
            dx[at + STEP] = 0.5 * seed;
            dx[at] += 2 * old * seed;
        }
}

int main(void) {
    double x[3][SIZE], dx[3][SIZE];
    if (!markers_work) return 0;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < SIZE; i++) x[k][i] = sin(i), dx[k][i] = cos(i);
    one_pointer(x[0], dx[0]);
    two_pointers(x[1], dx[1]);
    by_hand(x[2], dx[2]);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < SIZE; i++) {
            CHECK_TRUE(fabs(x[k][i] - x[2][i]) < 1e-12);
            CHECK_TRUE(fabs(dx[k][i] - dx[2][i]) < 1e-12);
        }
    return report();
}
