/* Cells that are updated from neighbours ahead, in place: the reverse may run forward, and what they
   give to neighbours waits in registers. Also of neighbours behind, which it must not; arrays that
   overlap; every length from none on. */
#include "overlap.h"

NOINLINE static void tree(int n, const double *x, double *y) {
    for (int i = n; i > 0; i--)
        for (int j = 0; j + 1 < i; j++) y[j] = fmax(0.5 * x[j] * y[j + 1] + 0.25 * y[j], x[j]);
}

NOINLINE static void downward(int n, const double *x, double *y) {
    for (int i = n - 1; i > 0; i--) y[i] = y[i] * x[i] - sin(y[i - 1]);
}

NOINLINE static void far(int n, const double *x, double *y) {
    for (int i = 0; i + 3 < n; i++) y[i] = y[i + 3] * y[i] - 0.5 * x[i] * y[i + 1] + y[i + 3] * x[i];
}

NOINLINE static void upwind(int n, const double *x, double *y) {
    for (int t = 0; t < 3; t++)
        for (int i = 0; i + 1 < n; i++) y[i] -= 0.25 * x[i] * x[i + 1] * (y[i + 1] - y[i]);
}

NOINLINE static void replaced(int n, const double *x, double *y) { /* nothing is left of y[i] itself */
    for (int i = 0; i + 2 < n; i++) y[i] = y[i + 1] * y[i + 2] + x[i];
}

NOINLINE static void both_sides(int n, const double *x, double *y) {
    for (int i = 1; i + 1 < n; i++) y[i] = y[i] * x[i] + y[i + 1] * y[i - 1];
}

NOINLINE static void by_two(int n, const double *x, double *y) {
    for (int i = 0; i + 3 < n; i += 2) y[i] = y[i + 1] * x[i] + y[i + 2] * y[i], y[i + 1] = y[i + 3];
}

NOINLINE static void ends(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) y[i] = y[i] * x[i] + sin(y[i + 1 < n ? i + 1 : i]);
}

NOINLINE static void shifted(int n, const double *x, double *y) {
    for (int i = 0; i + 1 < n; i++) y[i] = y[i] + y[i + 1] * x[n - 1 - i] + (i > 4 ? y[i + 1] : x[i]);
}

NOINLINE static void singles(int n, const double *x, double *y) {
    float cells[64] = {0};
    for (int i = 0; i < n; i++) cells[i] = (float)x[i];
    for (int i = n; i > 0; i--)
        for (int j = 0; j + 1 < i; j++) cells[j] = 0.5f * cells[j + 1] - 0.25f * cells[j] * cells[j];
    for (int i = 0; i < n; i++) y[i] = cells[i];
}

typedef void update(int, const double *, double *);
static update *const updates[] = {tree,       downward, far,  upwind,  replaced,
                                  both_sides, by_two,   ends, shifted, singles};

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, tree) CASE(1, downward) CASE(2, far) CASE(3, upwind) CASE(4, replaced)
        CASE(5, both_sides) CASE(6, by_two) CASE(7, ends) CASE(8, shifted) CASE(9, singles)
    }
}

int main(void) {
    for (int which = 0; which < LENGTH(updates); which++)
        for (int n = 0; n <= 60; n += n < 20 ? 1 : 8)
            for (int distance = 0; distance <= 80; distance += distance < 4 ? 1 : 19)
                compare(which, n, distance, updates[which] == singles ? 1e-5 : 1e-11);
    return report();
}
