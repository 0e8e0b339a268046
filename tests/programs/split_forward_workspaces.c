/* Workspaces that static variables keep, in split forward mode: the second half has shadows of its own of what was
   there before and of what the first half has made, also where that is gone, and its address is another's, by then. */
#include "check.h"
extern int enzyme_noret, enzyme_nofree, enzyme_dup_return, enzyme_width;
extern void *__enzyme_augmentfwd_tape(void *, ...);
extern double __enzyme_fwdsplit_one(void *, ...);
extern void __enzyme_fwdsplit_void(void *, ...), __enzyme_reverse_void(void *, ...);
struct both { double a, b; };
extern struct both __enzyme_fwdsplit_two(void *, ...);

static struct { double *squares; float *copies; int room; } space;
static _Thread_local double *doubled;
static double *middle;
static double grows(double *x, int n) {
    if (n > space.room) {
        space.squares = realloc(space.squares, n * sizeof *space.squares);
        free(space.copies);
        space.copies = malloc(n * sizeof *space.copies);
        space.room = n;
    }
    if (!doubled) doubled = malloc(8 * sizeof *doubled);
    middle = space.squares + n / 2;
    for (int i = 0; i < n; i++) {
        space.squares[i] = x[i] * x[i];
        space.copies[i] = x[i];
        doubled[i & 7] = 2 * space.squares[i];
    }
    double s = 0;
    for (int i = 0; i < n; i++) s += space.squares[i] * space.copies[n - 1 - i] + doubled[i & 7];
    for (int i = -n / 2; i < n - n / 2; i++) s += middle[i] * (i + 1);
    return s;
}

static double *kept;
static void into(const double *x, int n, double *y) {
    if (!kept) kept = malloc(100 * sizeof *kept);
    for (int i = 0; i < n; i++) kept[i] = x[i] * x[i];
    *y = 0;
    for (int i = 0; i < n; i++) *y += kept[i] * kept[n - 1 - i];
}

/* a block of its own, which is gone when the second half makes its shadow */
struct holder { double *p; };
static NOINLINE double first(struct holder *h, int n) { return n > 100 ? first(h, n - 1) : h->p[0]; }
static double released(struct holder *h, double x, double *constant, int own) {
    double *block = malloc(24);
    block[0] = x * x;
    h->p = own ? block : constant;
    double r = first(h, 1) * x;
    free(block);
    return r;
}

static double slope(double *x, int n, int k) {
    double z[8], step = 1.0 / 64;
    memcpy(z, x, n * sizeof *x);
    z[k] = x[k] + step;
    double up = grows(z, n);
    z[k] = x[k] - step;
    return (up - grows(z, n)) / (2 * step);
}

int main(void) {
    double x[6] = {1, -2, 0.5, 3, 0.25, -1}, a[6] = {1}, b[6] = {0, 0, 0, 1};
    if (!markers_work) return 0;
    grows(x, 2);
    void *wide = __enzyme_augmentfwd_tape((void *)grows, enzyme_noret, enzyme_dup_return, enzyme_width, 2,
                                          enzyme_dup, x, a, b, 4);
    void *tape = __enzyme_augmentfwd_tape((void *)grows, enzyme_noret, enzyme_dup_return, enzyme_dup, x, a, 6);
    struct both r = __enzyme_fwdsplit_two((void *)grows, enzyme_width, 2, enzyme_dup, x, a, b, 4, wide);
    CHECK_CLOSE(r.a, slope(x, 4, 0), 1e-5);
    CHECK_CLOSE(r.b, slope(x, 4, 3), 1e-5);
    CHECK_CLOSE(__enzyme_fwdsplit_one((void *)grows, enzyme_nofree, x, a, 6, tape), slope(x, 6, 0), 1e-5);
    grows(x, 2);
    CHECK_CLOSE(__enzyme_fwdsplit_one((void *)grows, x, b, 6, tape), slope(x, 6, 3), 1e-5);

    for (int turn = 0; turn < 2; turn++) { /* there is no block at first */
        double y, dy = 0, d[6] = {0}, gradient[6];
        void *both = __enzyme_augmentfwd_tape((void *)into, x, d, 6, &y, &dy);
        for (int i = 0; i < 6; i++) {
            memset(d, 0, sizeof d);
            d[i] = 1;
            __enzyme_fwdsplit_void((void *)into, enzyme_nofree, x, d, 6, &y, &dy, both);
            gradient[i] = dy;
            CHECK_CLOSE(dy, 4 * x[i] * x[5 - i] * x[5 - i], 1e-12);
        }
        memset(d, 0, sizeof d);
        dy = 1;
        __enzyme_reverse_void((void *)into, x, d, 6, &y, &dy, both);
        for (int i = 0; i < 6; i++) CHECK_CLOSE(d[i], gradient[i], 1e-12);
    }

    double constant = 7;
    struct holder h = {0}, dh = {0};
    tape = __enzyme_augmentfwd_tape((void *)released, enzyme_noret, enzyme_dup_return, &h, &dh, enzyme_dup, 2.0,
                                    0.0, enzyme_const, &constant, 1);
    CHECK_CLOSE(__enzyme_fwdsplit_one((void *)released, &h, &dh, 2.0, 1.0, enzyme_const, &constant, 1, tape), 12.0,
                1e-12);
    free(space.squares), free(space.copies), free(doubled), free(kept);
    return failures != 0;
}
