/* __fp16 as a storage format: loads widen, stores round; the arithmetic is float. */
#include "check.h"

static void f(const __fp16 *x, float *y, int n) {
    for (int i = 0; i < n; i++) y[i] = (float)x[i] * (float)x[(i + 1) % n] + y[i] * 0.5f;
}

int main(void) {
    __fp16 x[3] = {0.5f, -0.75f, 2}, bx[3] = {0}, dx[3] = {1, 0, 0};
    float y[3] = {1, 2, 3}, by[3] = {1, 10, 100}, dy[3] = {0, 0, 2};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_dup, x, bx, enzyme_dup, y, by, enzyme_const, 3);
    CHECK_CLOSE((float)bx[0], -0.75 + 100 * 2, 1e-3);
    CHECK_CLOSE((float)bx[1], 0.5 + 10 * 2, 1e-3);
    CHECK_CLOSE((float)bx[2], 10 * -0.75 + 100 * 0.5, 1e-3);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(by[i], 0.5 * (i == 0 ? 1 : i == 1 ? 10 : 100), 1e-6);
    __enzyme_fwddiff_void((void *)f, enzyme_dup, x, dx, enzyme_dup, y, dy, enzyme_const, 3);
    CHECK_CLOSE(dy[0], -0.75, 1e-6);
    CHECK_CLOSE(dy[1], 0, 1e-6);
    CHECK_CLOSE(dy[2], 2 + 1, 1e-6);
    return report();
}
