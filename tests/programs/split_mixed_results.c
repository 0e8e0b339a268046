/* Split reverse mode of functions that return a number beside a status or a count: the seed is such a struct, of which
   the integers are not looked at. */
#include "check.h"

extern int enzyme_noret, enzyme_active_return, enzyme_byref, enzyme_width;
struct counted { double value; long count; };
struct tried { double value; int status; float weight; };
struct first_half { void *tape; struct counted result; };
extern struct first_half __enzyme_augmentfwd_counted(void *, ...);
extern void *__enzyme_augmentfwd_tape(void *, ...);
extern double __enzyme_reverse_one(void *, ...);
extern struct two __enzyme_reverse_two(void *, ...);

static struct counted squared(double x, double *p) {
    if (x > 5) return (struct counted){0, -1};
    return (struct counted){x * x * p[0], p[0] > 2 ? 7 : 8};
}
static struct tried weighed(double x, double *p) { return (struct tried){x * p[0], x > 1, (float)(x * x)}; }
static NOINLINE struct counted powers(double x, int k) {
    if (k == 0) return (struct counted){x, 1};
    struct counted r = powers(x * x, k - 1);
    return (struct counted){r.value + x, r.count + 1};
}
static struct counted sum(double x) { return powers(x, 3); }

int main(void) {
    double p = 3, dp = 0, d2 = 0;
    struct counted seed = {2, 99};
    if (!markers_work) return report();
    struct first_half f = __enzyme_augmentfwd_counted((void *)squared, 2.0, &p, &dp);
    CHECK_CLOSE(f.result.value, 12, 0);
    CHECK_TRUE(f.result.count == 7);
    CHECK_CLOSE(__enzyme_reverse_one((void *)squared, 2.0, &p, &dp, seed, f.tape), 24, 0);
    CHECK_CLOSE(dp, 8, 0);
    f = __enzyme_augmentfwd_counted((void *)squared, enzyme_active_return, 6.0, &p, &dp);
    CHECK_TRUE(f.result.count == -1);
    CHECK_CLOSE(__enzyme_reverse_one((void *)squared, enzyme_active_return, 6.0, &p, &dp, enzyme_byref,
                                     (int)sizeof seed, &seed, f.tape), 0, 0);
    CHECK_CLOSE(dp, 8, 0);
    dp = 0;
    void *tape = __enzyme_augmentfwd_tape((void *)weighed, enzyme_noret, 2.0, &p, &dp);
    CHECK_CLOSE(__enzyme_reverse_one((void *)weighed, 2.0, &p, &dp, (struct tried){2, 5, 10}, tape), 46, 0);
    CHECK_CLOSE(dp, 4, 0);
    tape = __enzyme_augmentfwd_tape((void *)sum, enzyme_noret, 2.0);
    CHECK_CLOSE(__enzyme_reverse_one((void *)sum, 2.0, seed, tape), 2 * (8 * 128 + 4 * 8 + 2 * 2 + 1), 0);
    dp = 0;
    struct { struct counted lane[2]; } seeds = {{{1, 5}, {10, 7}}};
    tape = __enzyme_augmentfwd_tape((void *)squared, enzyme_width, 2, enzyme_noret, 2.0, &p, &dp, &d2);
    struct two g = __enzyme_reverse_two((void *)squared, enzyme_width, 2, 2.0, &p, &dp, &d2, seeds, tape);
    CHECK_CLOSE(g.a, 12, 0);
    CHECK_CLOSE(g.b, 120, 0);
    CHECK_CLOSE(d2, 40, 0);
    return report();
}
