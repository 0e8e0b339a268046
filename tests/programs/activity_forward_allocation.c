/* Forward mode: memory that the function allocates and hands out has a shadow that is handed out too. */
#include "check.h"

struct vector { double *data; int n; };

static void squares(const double *x, int n, struct vector *out) {
    out->data = malloc(n * sizeof *out->data);
    out->n = n;
    for (int i = 0; i < n; i++) out->data[i] = x[i] * x[i];
}

int main(void) {
    double x[3] = {1, 2, 3}, dx[3] = {1, 10, 100};
    struct vector v = {NULL, 0}, dv = {NULL, 0};
    if (!markers_work) return report();
    __enzyme_fwddiff_void((void *)squares, enzyme_dup, x, dx, enzyme_const, 3, enzyme_dup, &v, &dv);
    CHECK_TRUE(v.n == 3 && v.data && dv.data && v.data != dv.data);
    for (int i = 0; i < 3; i++) {
        CHECK_CLOSE(v.data[i], x[i] * x[i], 0);
        CHECK_CLOSE(dv.data[i], 2 * x[i] * dx[i], 0);
    }
    free(v.data);
    free(dv.data);
    return report();
}
