/* Functions that return the address of a variable: its shadow comes back, and what is put there between the halves of
   split mode is the seed. */
#include "check.h"

struct counted { double *data; long count; };
struct first { void *tape; double *y, *dy; };
double *__enzyme_fwddiff_pointer(void *, ...);
struct counted __enzyme_fwddiff_counted(void *, ...);
double __enzyme_reverse(void *, ...);
struct first __enzyme_augmentfwd_first(void *, ...);

static double table[4], other[4];
static double *start(double x) {
    table[0] = x * x, table[1] = 3 * x;
    return table;
}
static double *second(double x) { return start(x) + 1; }
static double *either(double x, int n) {
    other[0] = x;
    return n ? start(x) : other;
}
static struct counted counted(double x) {
    start(x);
    return (struct counted){table, 4};
}

static double back(void) {
    struct first f = __enzyme_augmentfwd_first((void *)start, 1.5);
    f.dy[0] = 1, f.dy[1] = 10;
    return __enzyme_reverse((void *)start, 1.5, f.tape);
}

int main(void) {
    if (!markers_work) return report();
    double *d = __enzyme_fwddiff_pointer((void *)start, 1.5, 1.0);
    CHECK_TRUE(d != table);
    CHECK_CLOSE(d[0], 3, 1e-12);
    CHECK_CLOSE(d[1], 3, 1e-12);
    CHECK_CLOSE(*__enzyme_fwddiff_pointer((void *)second, 1.5, 1.0), 3, 1e-12);
    CHECK_CLOSE(*__enzyme_fwddiff_pointer((void *)either, 1.5, 1.0, 1), 3, 1e-12);
    CHECK_CLOSE(*__enzyme_fwddiff_pointer((void *)either, 1.5, 1.0, 0), 1, 1e-12);
    struct counted c = __enzyme_fwddiff_counted((void *)counted, 1.5, 1.0);
    CHECK_CLOSE(c.data[1] * c.count, 12, 1e-12);
    CHECK_CLOSE(back(), 33, 1e-12);
    return report();
}
