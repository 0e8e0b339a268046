/* memcpy and memmove of arrays of structs with floats, integers and pointers. */
#include "check.h"

struct item { float weight; int index; const double *source; double scale; char tag; };

static double f(double *x, int n) {
    struct item items[4], copy[4];
    for (int i = 0; i < 4; i++) {
        items[i].weight = (float)0.5 * i;
        items[i].index = (i * 3) % n;
        items[i].source = x + i % n;
        items[i].scale = x[i % n] * x[0];
        items[i].tag = 'a' + i;
    }
    memcpy(copy, items, sizeof copy);
    memmove(copy + 1, copy, 2 * sizeof *copy);
    copy[0] = items[3];
    double s = 0;
    for (int i = 0; i < 4; i++)
        s += copy[i].weight * copy[i].source[0] * copy[i].scale + x[copy[i].index] * (copy[i].tag - 'b');
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
