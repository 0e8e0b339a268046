/* Assignments of whole structs: chains, through pointers, self-assignment, of elements. */
#include "check.h"

struct point { double x, y; int tag; };
struct box { struct point low, high; struct point *corner; };

static double f(double *x, int n) {
    struct point p = {x[0], x[1], 1}, q = p, table[3];
    struct box b = {p, q, &q};
    b.high.x *= x[1];
    table[0] = table[1] = table[2] = b.high;
    table[n % 3].y = x[0] * x[0];
    *b.corner = table[1];
    struct point *same = &table[2];
    *same = table[2];
    b.low = *b.corner;
    b.low.x += q.x;
    return b.low.x * table[0].y + b.low.y * q.y + b.high.x + table[2].x * p.tag;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25);
    CHECK(f, 0.5, 1.25, 3);
    return report();
}
