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

/* Never called itself: to LLVM, all its labels are one then. */
static double interpreted(const unsigned char *code, double x, double y) {
    static void *labels[] = {&&push, &&add, &&times, &&sine, &&halt};
    double stack[8], given[2] = {x, y};
    int top = 0;
    goto *labels[*code++];
push:
    stack[top++] = given[*code++];
    goto *labels[*code++];
add:
    top--, stack[top - 1] += stack[top];
    goto *labels[*code++];
times:
    top--, stack[top - 1] *= stack[top];
    goto *labels[*code++];
sine:
    stack[top - 1] = sin(stack[top - 1]);
    goto *labels[*code++];
halt:
    return stack[0];
}
struct slopes { double x, y; };
extern struct slopes __enzyme_autodiff_slopes(void *, ...);

int main(void) {
    CHECK(f, 0.5, 0.75, 1.25);
    if (markers_work) {
        unsigned char code[] = {0, 0, 0, 1, 2, 3, 0, 0, 1, 4}; /* sin(x y) + x */
        struct slopes s = __enzyme_autodiff_slopes((void *)interpreted, enzyme_const, code, 2.0, 3.0);
        CHECK_CLOSE(s.x, 3 * cos(6) + 1, 1e-12);
        CHECK_CLOSE(s.y, 2 * cos(6), 1e-12);
    }
    return report();
}
