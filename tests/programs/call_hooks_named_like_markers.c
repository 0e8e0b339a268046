/* Functions of the program whose names have a marker's prefix take functions: these are called through pointers. */
#include "check.h"

typedef double (*hook)(double);
static hook hooks[2];
static double square(double x) { return x * x; }
static double cube(double x) { return x * x * x; }
NOINLINE static void set__enzyme_hook(hook f, int i) { hooks[i] = f; }
static double both(double x) { return hooks[0](x) + 2 * hooks[1](x); }

int main(void) {
    set__enzyme_hook(cube, 0), set__enzyme_hook(square, 1);
    if (markers_work) CHECK_CLOSE(__enzyme_autodiff((void *)both, 1.5), 12.75, 1e-12);
    if (markers_work) CHECK_CLOSE(__enzyme_fwddiff((void *)both, 1.5, 1.0), 12.75, 1e-12);
    return report();
}
