/* Code that looks at an address to move whole vectors, as Eigen does: shadows may lie otherwise in memory. */
#include <stdint.h>
#include <string.h>

#include "check.h"

typedef double pair __attribute__((vector_size(16)));

static double squares(double *x, int n) {
    int i = 0;
    double s = 0;
    for (; i < n && ((uintptr_t)(x + i) & 15); i++) s += x[i] * x[i], x[i] *= s;
    pair sum = {0, 0};
    for (; i + 1 < n; i += 2) {
        pair v = *(pair *)(x + i);
        sum += v * v;
        *(pair *)(x + i) = sum * v;
    }
    for (; i < n; i++) s += x[i] * x[i], x[i] *= s;
    return s + sum[0] * sum[1];
}

static double copied(double *x, int n) {
    double y[6] __attribute__((aligned(16))) = {0}, s = 0;
    if (!((uintptr_t)x & 15)) memcpy(y, __builtin_assume_aligned(x, 16), 4 * sizeof *x);
    else memcpy(y + 1, __builtin_assume_aligned(x + 1, 16), 4 * sizeof *x);
    for (int i = 0; i < 6; i++) s += y[i] * y[i] * (i + 1);
    if (!((uintptr_t)x & 15)) memcpy(__builtin_assume_aligned(x, 16), y, 4 * sizeof *x);
    return s + x[0] * n;
}

static double run(double (*f)(double *, int), const double *x, int place, int n) {
    double memory[10] __attribute__((aligned(16)));
    memcpy(memory + place, x, n * sizeof *x);
    return f(memory + place, n);
}

static void compare(double (*f)(double *, int), const double *x, int n) {
    for (int place = 0; place < 2; place++)
        for (int shadow = 0; shadow < 2; shadow++) {
            double memory[10] __attribute__((aligned(16))), shadows[10] __attribute__((aligned(16))) = {0};
            double *dx = shadows + shadow, gradient[8];
            memcpy(memory + place, x, n * sizeof *x);
            if (f == squares) __enzyme_autodiff((void *)squares, enzyme_dup, memory + place, dx, enzyme_const, n);
            else __enzyme_autodiff((void *)copied, enzyme_dup, memory + place, dx, enzyme_const, n);
            memcpy(gradient, dx, sizeof gradient);
            for (int i = 0; i < n; i++) {
                double up[8], down[8], h = 1e-6;
                memcpy(up, x, n * sizeof *x), memcpy(down, x, n * sizeof *x);
                up[i] += h, down[i] -= h;
                double want = (run(f, up, place, n) - run(f, down, place, n)) / (2 * h), tangent;
                memcpy(memory + place, x, n * sizeof *x);
                memset(shadows, 0, sizeof shadows);
                dx[i] = 1;
                if (f == squares) tangent = __enzyme_fwddiff((void *)squares, enzyme_dup, memory + place, dx, enzyme_const, n);
                else tangent = __enzyme_fwddiff((void *)copied, enzyme_dup, memory + place, dx, enzyme_const, n);
                CHECK_CLOSE(gradient[i], want, 1e-6);
                CHECK_CLOSE(tangent, want, 1e-6);
            }
        }
}

int main(void) {
    const double x[8] = {.5, .75, .25, .9, .3, .6, .4, .8};
    compare(squares, x, 7);
    compare(squares, x, 8);
    compare(copied, x, 5);
    return report();
}
