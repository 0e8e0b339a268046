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

int main(void) {
    check_negated();
    check_copied();
    check_between();
    return report();
}
