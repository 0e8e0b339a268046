/* Addresses as integers that are tagged, and made aligned, in loops: shadows go as far, by sums. Where such derivatives
 * are differentiated once more, these lead to the shadows still. (They led nowhere, and second derivatives were lost.) */
#include "check.h"

enum { COUNT = 6 };
typedef struct { double value; uintptr_t next; } node;

static double tagged(double *x, int n) {
    node a[COUNT];
    for (int i = 0; i < n; i++) {
        a[i].value = x[i] * x[i];
        a[i].next = i + 1 < n ? (uintptr_t)&a[i + 1] | (i & 1) : 0;
    }
    double s = 0;
    for (uintptr_t p = (uintptr_t)a; p;) {
        node *at = (node *)(p & ~(uintptr_t)1);
        s += at->value * at->value * (p & 1 ? 2 : 3);
        p = at->next;
    }
    return s;
}
static double counted(double *x, int n) {
    node a[COUNT];
    for (int i = 0; i < n; i++) {
        a[i].value = x[i];
        a[i].next = i + 1 < n ? (uintptr_t)&a[i + 1] + (i & 1) : 0;
    }
    double s = 0;
    for (uintptr_t p = (uintptr_t)a; p;) {
        node *at = (node *)(p - (p & 1));
        s += at->value * at->value * at->value;
        p = at->next;
    }
    return s;
}
static double aligned(double *x, int n) {
    double y[16] __attribute__((aligned(128))), s = 0;
    for (int i = 0; i < 16; i++) y[i] = x[i % n] * x[i % n];
    uintptr_t p = (uintptr_t)(y + 5);
    for (int i = 0; i < n; i++) {
        double *line = (double *)(p & ~(uintptr_t)63);
        s += *line * (i + 1);
        *line = s;
        p += 8;
        if (p >= (uintptr_t)(y + 16)) p = (uintptr_t)y;
    }
    return s + y[0] * y[8] + y[5];
}

#define TEST(NAME)                                                                                                     \
    static void gradient_##NAME(double *x, double *bx) { __enzyme_autodiff((void *)NAME, x, bx, COUNT); }              \
    static void check_##NAME(void) {                                                                                   \
        double x[COUNT] = {1.1, 0.7, 1.6, 2.3, 0.4, 1.9}, dx[COUNT] = {1, 0.5, -1, 0.25, 2, -0.5}, at[COUNT];          \
        double g[COUNT] = {0}, dg[COUNT] = {0};                                                                        \
        __enzyme_fwddiff_void((void *)gradient_##NAME, x, dx, g, dg);                                                  \
        double want[COUNT] = {0};                                                                                      \
        for (int sign = -1; sign < 2; sign += 2) {                                                                     \
            double near[COUNT] = {0};                                                                                  \
            for (int i = 0; i < COUNT; i++) at[i] = x[i] + sign * 1e-4 * dx[i];                                        \
            gradient_##NAME(at, near);                                                                                 \
            for (int i = 0; i < COUNT; i++) want[i] += sign * near[i] / 2e-4;                                          \
        }                                                                                                              \
        for (int i = 0; i < COUNT; i++) CHECK_CLOSE(dg[i], want[i], 1e-6);                                             \
    }

ARRAY_TEST(tagged)
ARRAY_TEST(counted)
ARRAY_TEST(aligned)
TEST(tagged)
TEST(counted)
TEST(aligned)

int main(void) {
    CHECK(tagged, 1.1, 0.7, 1.6, 2.3, 0.4, 1.9);
    CHECK(counted, 1.1, 0.7, 1.6, 2.3, 0.4, 1.9);
    CHECK(aligned, 1.1, 0.7, 1.6, 2.3, 0.4, 1.9);
    check_tagged(), check_counted(), check_aligned();
    return report();
}
