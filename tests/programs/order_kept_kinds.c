/* Second derivatives of loops that keep integers, pointers and floats beside doubles. */
#include "order.h"

struct point { double x; int k; float w; };
/* kept: integers that are overwritten, pointers, floats beside doubles */
static double indices(const double *x, int n) {
    long at[8]; double s = 0;
    for (int i = 0; i < n; i++) at[i] = (i * 3 + 1) % n;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < n; i++) {
            long j = at[i];
            s += x[j] * x[i] * sin(s + x[k]);
            at[i] = (j * 5 + k) % n;
        }
    }
    return s;
}
static double pointers(const double *x, int n) {
    const double *p[8]; double s = 1;
    for (int i = 0; i < n; i++) p[i] = x + (i + 2) % n;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < n; i++) {
            const double *q = p[i];
            s = sin(*q * s) + x[i] * s;
            p[i] = p[(i + 1) % n];
            p[(i + k) % n] = q;
        }
    }
    return s;
}
static double floats(const double *x, int n) {
    double s = 1; float f = 1;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < n; i++) {
            f = f * (float)x[i] + 1.5f;
            s = s * f + x[k] * s * s * x[i] * 0.1;
            if (s > 2) s = s / 3 + x[i];
        }
    }
    return s * s * f;
}
static double structs(const double *x, int n) {
    struct point *p = malloc(n * sizeof *p); double s = 0;
    for (int i = 0; i < n; i++) p[i] = (struct point){x[i] * x[i], (i * 7 + 3) % n, (float)(i + 1)};
    for (int r = 0; r < 3; r++)
        for (int i = 0; i < n; i++) {
            struct point t = p[i];
            p[i].x = p[t.k].x * t.x + t.w;
            p[i].k = (t.k + r) % n;
            p[t.k] = t;
        }
    for (int i = 0; i < n; i++) s += sin(p[i].x) * p[i].w;
    free(p);
    return s;
}

SECOND_TEST(indices)
SECOND_TEST(pointers)
SECOND_TEST(floats)
SECOND_TEST(structs)

int main(void) {
    double x[4] = {0.3, 0.7, -0.4, 0.9};
    SECOND_CHECK(indices, x, 4);
    SECOND_CHECK(pointers, x, 4);
    SECOND_CHECK_WITHIN(floats, x, 4, 1e-3);
    SECOND_CHECK(structs, x, 4);
    return report();
}
