/* Doubles are cleared as words in memory where, to the analysis, pointers lie as well: what lay there has no adjoint any more. */
#include <stddef.h>

#include "check.h"

typedef struct {
    double p;
    int k;
    double q[2], *r;
} cell;

static void move_one(char *to, char *from) {
    double moved, sum;
    memcpy(&moved, to, sizeof moved);
    memset(to, 0, sizeof moved);
    memcpy(&sum, from, sizeof sum);
    sum += moved;
    memcpy(from, &sum, sizeof sum);
}

/* Recursion keeps it a function, in which the steps are known when it runs. */
static void move(char *to, char *from, size_t bytes, size_t period, size_t offset) {
    if (bytes > 4096) {
        move(to, from, bytes / 2, period, offset);
        return;
    }
    for (size_t i = bytes / period; i-- > 0;) move_one(to + offset + i * period, from + offset + i * period);
}

static double f(double *x, int n) {
    double u[8], sum = 0;
    cell both[2];
    memset(both, 0, sizeof both);
    both[0].r = both[1].r = x;
    for (int i = 0; i < 8; i++) u[i] = x[i % n] * (i + 1);
    both[0].p = x[1] * x[2], both[0].q[0] = x[0], both[0].q[1] = x[3] * x[3], both[1].p = x[3];
    move((char *)both, (char *)(both + 1), sizeof *both, sizeof *both, offsetof(cell, p));
    move((char *)both, (char *)(both + 1), sizeof *both, sizeof *both, offsetof(cell, q));
    move((char *)u, (char *)(u + 2), 6 * sizeof *u, sizeof *u, 0);
    for (int i = 0; i < 8; i++) sum += sin(u[i]) * (i + 2);
    for (int i = 0; i < 2; i++) sum += both[i].p * both[i].q[0] + cos(both[i].q[1]) * both[1].r[0];
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 0.7, 1.1, -0.4);
    return report();
}
