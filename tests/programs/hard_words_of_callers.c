/* Doubles moved as words or as bytes: only the caller, who declares the memory, tells what they are. */
#include "check.h"

static void negated(uint64_t *to, const uint64_t *from, int bytes) {
    for (int i = 0; i < bytes / 8; i++) to[i] = from[i] ^ 1ull << 63;
}
static void copied(char *to, const char *from, int bytes) { memcpy(to, from, bytes); }
static void between(char *to, const char *from, int bytes) {
    char middle[64];
    for (int i = 0; i < bytes; i++) middle[i] = from[i];
    for (int i = 0; i < bytes; i++) to[i] = middle[i];
}

#define HANDED(f, factor)                                                                        \
    static void check_##f(void) {                                                                \
        double x[2] = {1, 2}, dx[2] = {0}, y[2], dy[2] = {3, 5};                                 \
        __enzyme_autodiff_void((void *)f, (void *)y, (void *)dy, (void *)x, (void *)dx, 16);     \
        CHECK_CLOSE(dx[0], factor * 3, 0);                                                       \
        CHECK_CLOSE(dx[1], factor * 5, 0);                                                       \
        CHECK_CLOSE(dy[0] + dy[1], 0, 0);                                                        \
        double *p = x, *q = y;                                                                   \
        void *from = p, *to = q;                                                                 \
        __enzyme_fwddiff_void((void *)f, to, (void *)dy, from, (void *)dx, 16);                  \
        CHECK_CLOSE(dy[0], 3, 0);                                                                \
        CHECK_CLOSE(dy[1], 5, 0);                                                                \
    }
HANDED(negated, -1)
HANDED(copied, 1)
HANDED(between, 1)

/* ... or the function, too, which declares its parameter so. */
static void exchanged(double *x) {
    uint64_t *words = (uint64_t *)x, t = words[0];
    words[0] = words[1], words[1] = t;
}
static void check_exchanged(void) {
    double x[2] = {3, 5}, dx[2] = {1, 2};
    __enzyme_autodiff_void((void *)exchanged, x, dx);
    CHECK_CLOSE(dx[0], 2, 0);
    CHECK_CLOSE(dx[1], 1, 0);
    __enzyme_fwddiff_void((void *)exchanged, x, dx);
    CHECK_CLOSE(dx[0], 1, 0);
    CHECK_CLOSE(dx[1], 2, 0);
}

/* Memory that is declared for doubles, and serves for indices: there is no derivative in it. */
static double sorted(double *x, int *order, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) order[i] = i;
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            if (x[order[j]] < x[order[i]]) {
                int t = order[i];
                order[i] = order[j], order[j] = t;
            }
    for (int i = 0; i < n; i++) s += x[order[i]] * x[order[i]] * (i + 1);
    return s;
}
static void check_sorted(void) {
    double x[3] = {3, 1, 2}, dx[3] = {0}, work[3], shadow[3] = {0};
    __enzyme_autodiff_void((void *)sorted, x, dx, (int *)work, (int *)shadow, 3);
    CHECK_CLOSE(dx[0], 18, 1e-15);
    CHECK_CLOSE(dx[1], 2, 1e-15);
}

int main(void) {
    check_sorted();
    check_negated();
    check_copied();
    check_between();
    check_exchanged();
    return report();
}
