/* A second half that gets another shadow than the first one: what the tape holds of the first one's
 * addresses went on to be added to, and the other shadow lost it. */
#include <enzyme.h>
#include "check.h"
#include "ends.h"

void *__enzyme_augmentfwd_tape(void *, ...);

static double sum(double *x, int n) { return n > 1 ? sum(x, n / 2) * sum(x + n / 2, n - n / 2) : x[0] * x[0]; }
static double weighted(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += s * x[i] + x[i] * x[i];
    return s;
}

int main(void) {
    if (!markers_work) return report();
    double x[3] = {1, 2, 3}, first[3] = {0}, other[3] = {0}, dx[3] = {0};
    void *tape = __enzyme_augmentfwd_tape((void *)sum, enzyme_noret, x, first, 3);
    __enzyme_reverse_void((void *)sum, enzyme_nofree, x, first, 3, 1.0, tape);
    CHECK_CLOSE(first[0], 2 * 4 * 9, 1e-12);
    IN_CHILD(__enzyme_reverse_void((void *)sum, x, other, 3, 1.0, tape));
    CHECK_TRUE(child_exit < 0 && strstr(child_said, "gets another shadow"));
    __enzyme_reverse_void((void *)sum, x, first, 3, 1.0, tape);
    CHECK_CLOSE(first[0], 2 * 2 * 4 * 9, 1e-12);
    memset(first, 0, sizeof first);

    /* where no address is kept, any shadow will do */
    __enzyme_autodiff_void((void *)weighted, x, dx, 3);
    tape = __enzyme_augmentfwd_tape((void *)weighted, enzyme_noret, x, first, 3);
    __enzyme_reverse_void((void *)weighted, x, other, 3, 1.0, tape);
    for (int i = 0; i < 3; i++) CHECK_CLOSE(other[i], dx[i], 1e-12);
    return report();
}
