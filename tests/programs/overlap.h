/* Reverse mode against forward mode, for functions (n, x, y) whose two arrays may overlap. */
#include "check.h"

#ifndef NUMBERS
#define NUMBERS 160 /* of both arrays together */
#endif
enum { SIZE = NUMBERS };

static double plain[SIZE];

/* One case of `ask`: a function, and both its modes. */
#define CASE(number, f)                                                                          \
    case number:                                                                                 \
        f(n, plain, plain + distance);                                                           \
        __enzyme_fwddiff_void((void *)f, enzyme_const, n, enzyme_dup, z, tangent, enzyme_dup,    \
                              z + distance, tangent + distance);                                 \
        __enzyme_autodiff_void((void *)f, enzyme_const, n, enzyme_dup, w, shadow, enzyme_dup,    \
                               w + distance, shadow + distance);                                 \
        break;

/* The program says which functions there are. */
static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow);

/* z holds both arrays; their shadows overlap in the same way. */
static void compare(int which, int n, int distance, double tolerance) {
    double z[SIZE], w[SIZE], seeds[SIZE], shadow[SIZE], direction[SIZE], tangent[SIZE];
    double want = 0, got = 0, scale = 0;
    for (int i = 0; i < SIZE; i++) {
        z[i] = 0.125 * sin(3 * i);
        seeds[i] = shadow[i] = 0.375 + 0.25 * (i % 5) - 0.5 * (i % 3);
        direction[i] = tangent[i] = 0.5 + 0.125 * (i % 7) - 0.75 * (i % 2);
    }
    if (!markers_work) return;
    memcpy(w, z, sizeof w);
    memcpy(plain, z, sizeof w);
    ask(which, n, distance, z, tangent, w, shadow);
    for (int i = 0; i < SIZE; i++) {
        if (!(fabs(w[i] - plain[i]) <= tolerance * (1 + fabs(plain[i])))) {
            printf("function %d, %d numbers, %d apart: number %d is %.17g, want %.17g\n", which, n,
                   distance, i, w[i], plain[i]);
            failures++;
            break;
        }
        want += seeds[i] * tangent[i], got += shadow[i] * direction[i];
        scale += fabs(seeds[i] * tangent[i]) + fabs(shadow[i] * direction[i]);
    }
    if (!(fabs(got - want) <= tolerance * scale)) {
        printf("function %d, %d numbers, %d apart: %.17g, want %.17g\n", which, n, distance, got,
               want);
        failures++;
    }
}
