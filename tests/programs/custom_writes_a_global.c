/* A function with a derivative by hand writes active data into a variable of file scope. */
#include "check.h"

static double buffer[4];
static NOINLINE void fill(double *p, double x) { *p = x * x; }
static double kept;
static void fill_forward(double *p, double *dp, double x) {
    (void)dp;
    kept = x;
    fill(p, x);
}
static double fill_backward(double *p, double *dp, double x) {
    (void)p, (void)x;
    double seed = *dp;
    *dp = 0;
    return 2 * kept * seed;
}
void *__enzyme_register_gradient_fill[] = {(void *)fill, (void *)fill_forward, (void *)fill_backward};

static double f(double x) {
    fill(buffer + 1, x);
    return buffer[1] * x;
}

int main(void) {
#ifndef ORACLE_ONLY
    for (int i = 0; i < 2; i++) CHECK_CLOSE(__enzyme_autodiff((void *)f, 1.5), 3 * 1.5 * 1.5, 1e-14);
#endif
    return report();
}
