/* Elements of an array behind a header, copied in blocks by way of memory of which nothing tells the kind: there, each
 * element is one. (Only the first was, and the derivatives of the others were lost.) */
#include "check.h"
#include <stdlib.h>
#include <string.h>

enum { LARGE = 700 };


/* The same by way of blocks with a header of their own, so large that their elements are one array. (Beyond 4096 bytes
 * only the first was told, if such blocks hold an integer as well.) */
#define BY_BLOCKS(NAME, COUNT)                                                                                         \
    static double NAME(const double *x, int n) {                                                                       \
        char *block = malloc(8 * (n + 2));                                                                             \
        double *a = (double *)(block + 16);                                                                            \
        ((void **)a)[-1] = block;                                                                                      \
        for (int i = 0; i < n; i++) a[i] = 1;                                                                          \
        char *between = malloc(8 * n), *other = malloc(8 * n);                                                         \
        *(long *)between = n, *(long *)other = n;                                                                      \
        memcpy(between + 8, x, 8 * (COUNT));                                                                           \
        memcpy(other + 8, x + 1, 8 * (COUNT));                                                                         \
        memcpy(a + 1, (n > 2 ? between : other) + 8, 8 * (COUNT));                                                     \
        double s = *(long *)between - *(long *)other;                                                                  \
        for (int i = 0; i < n; i++) s += a[i] * a[i] * (i + 1);                                                        \
        free(((void **)a)[-1]), free(between), free(other);                                                            \
        return s;                                                                                                      \
    }                                                                                                                  \
    static void check_##NAME(void) {                                                                                   \
        static double x[LARGE + 2], dx[LARGE + 2];                                                                     \
        for (int i = 0; i < LARGE + 2; i++) x[i] = 1 + i % 7, dx[i] = 0;                                               \
        __enzyme_autodiff((void *)NAME, x, dx, LARGE + 2);                                                             \
        for (int i = 0; i < LARGE + 2; i++) CHECK_CLOSE(dx[i], i < LARGE ? 2 * x[i] * (i + 2) : 0, 1e-12);             \
        for (int i = 0; i < LARGE + 2; i++) dx[i] = i == LARGE - 1;                                                    \
        double tangent = __enzyme_fwddiff((void *)NAME, x, dx, LARGE + 2);                                             \
        CHECK_CLOSE(tangent, 2 * x[LARGE - 1] * (LARGE + 1), 1e-12);                                                   \
    }

BY_BLOCKS(large_blocks, LARGE)
BY_BLOCKS(blocks_of_any_size, n - 2)

#define COPIED(NAME, COUNT)                                                                                            \
    static double NAME(const double *x, int n) {                                                                       \
        char *block = malloc(8 * (n + 2));                                                                             \
        double *a = (double *)(block + 16);                                                                            \
        ((void **)a)[-1] = block;                                                                                      \
        for (int i = 0; i < n; i++) a[i] = 1;                                                                          \
        long between[COUNT], other[COUNT];                                                                             \
        memcpy(between, x, sizeof between);                                                                            \
        memcpy(other, x + 1, sizeof other);                                                                            \
        memcpy(a + 1, n > 2 ? between : other, sizeof between);                                                        \
        double s = 0;                                                                                                  \
        for (int i = 0; i < n; i++) s += a[i] * a[i] * (i + 1);                                                        \
        free(((void **)a)[-1]);                                                                                        \
        return s;                                                                                                      \
    }                                                                                                                  \
    static void check_##NAME(void) {                                                                                   \
        static double x[COUNT + 2], dx[COUNT + 2];                                                                     \
        for (int i = 0; i < COUNT + 2; i++) x[i] = 1 + i % 7;                                                          \
        __enzyme_autodiff((void *)NAME, x, dx, COUNT + 2);                                                             \
        for (int i = 0; i < COUNT + 2; i++) CHECK_CLOSE(dx[i], i < COUNT ? 2 * x[i] * (i + 2) : 0, 1e-12);             \
        memset(dx, 0, sizeof dx);                                                                                      \
        dx[COUNT - 1] = 1;                                                                                             \
        double tangent = __enzyme_fwddiff((void *)NAME, x, dx, COUNT + 2);                                             \
        CHECK_CLOSE(tangent, 2 * x[COUNT - 1] * (COUNT + 1), 1e-12);                                                   \
    }

COPIED(two, 2)
COPIED(three, 3)
COPIED(four, 4)
COPIED(many, 40)
COPIED(very_many, 700)

int main(void) {
    check_two(), check_three(), check_four(), check_many(), check_very_many();
    check_large_blocks(), check_blocks_of_any_size();
    return report();
}
