/* Heap blocks that change hands: a stack of buffers, freed in another order than allocated. */
#include "check.h"

static double f(double *x, int n) {
    double *slots[3] = {NULL, NULL, NULL}, s = 0.2;
    for (int i = 0; i < 4 * n; i++) {
        int k = i * i % 3;
        double *fresh = malloc(2 * sizeof *fresh);
        fresh[0] = x[i % n] * (slots[k] ? slots[k][1] : 1);
        fresh[1] = sin(fresh[0] + s);
        if (slots[k]) {
            s += slots[k][0] * 0.25;
            free(slots[k]);
        }
        slots[k] = fresh;
        double *t = slots[0];
        slots[0] = slots[(i + 1) % 3];
        slots[(i + 1) % 3] = t;
    }
    for (int k = 2; k >= 0; k--) {
        if (slots[k]) s += slots[k][0] * slots[k][1];
        free(slots[k]);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
