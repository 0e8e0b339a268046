/* Forward derivatives from a tape, through a table of functions: what is none of them ends the program, and logs nothing. */
#include "check.h"

static double f(double x, double y);
NOINLINE static double g(double x, double y) { return x * sin(y) + exp(x * y); }
static double f(double x, double y) {
    double sum = 0;
    for (int i = 0; i < 3; i++) sum += g(x * i, y);
    return sum;
}
static double (*table[2])(double, double) = {g, f};
static double scale[2] = {2, 3};
static double chosen(double x, int i) { return table[i](x, x) * scale[i]; }

void *__enzyme_augmentfwd(void *, ...);
double __enzyme_fwdsplit(void *, ...);
extern int enzyme_noret, enzyme_dup_return;

int main(void) {
    double x = 0.3;
    if (!markers_work) return report();
    for (int i = 0; i < 2; i++) {
        void *tape = __enzyme_augmentfwd((void *)chosen, enzyme_noret, enzyme_dup_return, enzyme_dup, x, 0.0,
                                         enzyme_const, i);
        double got = __enzyme_fwdsplit((void *)chosen, enzyme_dup, x, 1.0, enzyme_const, i, tape);
        double wanted = 0;
        for (int k = 0; k < 3; k++) wanted += k * sin(x) + k * x * cos(x) + 2 * k * x * exp(k * x * x);
        if (i == 0) wanted = sin(x) + x * cos(x) + 2 * x * exp(x * x);
        CHECK_CLOSE(got, scale[i] * wanted, 1e-12);
    }
    return report();
}
