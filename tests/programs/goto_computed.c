/* A little interpreter with computed gotos (labels as values). */
#include "check.h"

static double run(const double *x, const unsigned char *code) {
    static const void *const labels[] = {&&halt, &&add, &&mul, &&sin_, &&neg};
    double acc = 1;
    int k = 0;
    goto *labels[*code++];
add:
    acc += x[k++ % 3];
    goto *labels[*code++];
mul:
    acc *= x[k++ % 3];
    goto *labels[*code++];
sin_:
    acc = sin(acc);
    goto *labels[*code++];
neg:
    acc = -acc;
    goto *labels[*code++];
halt:
    return acc;
}

static double f(double *x, int n) {
    static const unsigned char first[] = {1, 2, 3, 1, 4, 2, 2, 0}, second[] = {3, 3, 2, 0};
    return run(x, first) + n * run(x, second);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.75, 1.25);
    return report();
}
