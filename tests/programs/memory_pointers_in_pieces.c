/* Pointers in structs that loops copy or exchange piece by piece, too irregularly for LLVM to see a
   copy: the shadows of the pieces went astray, and the primal was written to. */
#include "check.h"

typedef uint32_t __attribute__((may_alias)) half;
typedef uint16_t __attribute__((may_alias)) quarter;
struct row { double *p; int k; double *q; };
static volatile int one = 1;

static double halves(double *x, int n) {
    struct row a = {x, n - 1, x + 1}, b;
    half *from = (half *)&a, *to = (half *)&b;
    for (unsigned i = 0; i < one * sizeof a / 4; i++) to[i] = from[i];
    return b.p[b.k] * b.q[0] * b.p[0];
}
static double quarters(double *x, int n) {
    struct row a = {x, n - 1, x + 1}, b;
    quarter *from = (quarter *)&a, *to = (quarter *)&b;
    for (unsigned i = 0; i < one * sizeof a / 2; i++) to[i] = from[i];
    return b.p[b.k] * b.q[0] * b.p[0];
}
static double exchanged(double *x, int n) {
    struct row a[2] = {{x, n - 1, x + 1}, {x + 2, 0, x}};
    half *first = (half *)a, *second = (half *)(a + one);
    for (unsigned i = 0; i < one * sizeof *a / 4; i++) {
        half t = first[i];
        first[i] = second[i];
        second[i] = t;
    }
    double s = 0;
    for (int i = 0; i < 2 * one; i++) s += (i + 1) * a[i].p[a[i].k] * a[i].q[0];
    return s;
}
static double on_the_heap(double *x, int n) {
    struct row *a = malloc(2 * sizeof *a), *b = malloc(2 * sizeof *b);
    for (int i = 0; i < 2; i++) a[i] = (struct row){x + i, n - 2, x + n - 1};
    half *from = (half *)a, *to = (half *)b;
    for (unsigned i = 0; i < one * 2 * sizeof *a / 4; i++) to[i] = from[i];
    b[one].q[0] *= b[0].p[0];
    double s = b[0].p[b[0].k] * b[one].q[0];
    free(a), free(b);
    return s;
}
ARRAY_TEST(halves)
ARRAY_TEST(quarters)
ARRAY_TEST(exchanged)
ARRAY_TEST(on_the_heap)

int main(void) {
    CHECK(halves, 0.5, 0.75, 1.25);
    CHECK(quarters, 0.5, 0.75, 1.25);
    CHECK(exchanged, 0.5, 0.75, 1.25);
    CHECK(on_the_heap, 0.5, 0.75, 1.25);
    return report();
}
