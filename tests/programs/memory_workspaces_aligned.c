/* Workspaces of static variables that posix_memalign makes: into a local variable, or where the variable lies. */
/* lanes: their own */
#define _GNU_SOURCE
#include "check.h"

extern int enzyme_noret, enzyme_dup_return, enzyme_width, enzyme_nofree;
extern void *__enzyme_augmentfwd_tape(void *, ...);
extern double __enzyme_fwdsplit_one(void *, ...);
struct both { double a, b; };
extern struct both __enzyme_fwdsplit_both(void *, ...);

static double *kept;
static int room;
static double *workspace(int n) {
    void *fresh;
    if (n <= room) return kept;
    if (posix_memalign(&fresh, 64, n * sizeof *kept)) abort();
    free(kept);
    kept = fresh;
    room = n;
    return kept;
}
static double by_local(const double *x, int n) {
    double *w = workspace(n), s = 0;
    for (int i = 0; i < n; i++) w[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += w[i] * w[n - 1 - i];
    return s;
}

static struct { double *squares; int room; } pool;
static double in_place(const double *x, int n) {
    double s = 0;
    if (n > pool.room) {
        free(pool.squares);
        if (posix_memalign((void **)&pool.squares, 32, n * sizeof *pool.squares)) abort();
        pool.room = n;
    }
    for (int i = 0; i < n; i++) pool.squares[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += pool.squares[i] * pool.squares[n - 1 - i];
    return s;
}

static double slope(const double *x, int n, int k) { return 4 * x[k] * x[n - 1 - k] * x[n - 1 - k]; }

#define ALL_MODES(f)                                                                             \
    for (int n = 2; n < 8; n += 2) {                                                             \
        double a[9] = {1}, b[9] = {0, 1}, d[9] = {0};                                            \
        void *tape = __enzyme_augmentfwd_tape((void *)f, enzyme_noret, enzyme_dup_return, x, a, n); \
        void *wide = __enzyme_augmentfwd_tape((void *)f, enzyme_noret, enzyme_dup_return,        \
                                              enzyme_width, 2, x, a, b, n);                      \
        if (n == 4) f(x, 9); /* what the first half has made is gone */                          \
        CHECK_CLOSE(__enzyme_fwdsplit_one((void *)f, enzyme_nofree, x, a, n, tape), slope(x, n, 0), 0); \
        CHECK_CLOSE(__enzyme_fwdsplit_one((void *)f, x, b, n, tape), slope(x, n, 1), 0);         \
        struct both r = __enzyme_fwdsplit_both((void *)f, enzyme_width, 2, x, a, b, n, wide);    \
        CHECK_CLOSE(r.a, slope(x, n, 0), 0);                                                     \
        CHECK_CLOSE(r.b, slope(x, n, 1), 0);                                                     \
        CHECK_CLOSE(__enzyme_fwddiff((void *)f, x, b, n), slope(x, n, 1), 0);                    \
        __enzyme_autodiff_void((void *)f, x, d, n);                                              \
        CHECK_CLOSE(d[1], slope(x, n, 1), 0);                                                    \
    }

int main(void) {
    double x[9] = {1, 2, 3, 0.5, -1, 2, 1, 0.25, 4};
    if (!markers_work) return report();
    ALL_MODES(by_local)
    ALL_MODES(in_place)
    free(kept);
    free(pool.squares);
    return report();
}
