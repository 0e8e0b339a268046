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

/* Arrays in structs of which nobody reads all, integers and padding beside. */
struct particle {
    double position[3];
    float heat[2];
    int marks[2];
    short more;
};
struct pairs {
    struct particle of[2][2];
    union { double number; void *nothing; } either[2];
    long n;
};

static NOINLINE void exchange(struct particle *a, struct particle *b) {
    struct particle t = *a;
    *a = *b;
    *b = t;
}
static void rotated(const struct particle *from, struct particle *to, double k) {
    struct particle r = *from;
    r.position[1] = k * sin(from->position[0]);
    *to = r;
}
static double moved(double *x, int n) {
    struct particle p[2] = {{{x[0], x[1], 3}, {1, 2}, {3, 4}, 5}, {{x[1], 2}}};
    struct pairs all = {{{p[0], p[1]}, {p[1], p[0]}}, {{x[1]}}, n}, other = all;
    exchange(&p[0], &p[1]);
    rotated(&p[0], &p[1], x[n - 1]);
    rotated(&other.of[1][1], &all.of[0][1], x[0]);
    exchange(&all.of[0][1], &other.of[0][0]);
    return p[1].position[0] * p[1].position[1] + other.of[0][0].position[1] * x[0] +
           all.of[0][1].position[1] * other.either[0].number;
}
ARRAY_TEST(moved)

/* Integers in arrays that are read from an assigned struct are what was written as such an integer. */
struct sizes { long n[3]; short few[2]; };
static double counted(double *x, int n, struct sizes *p, long k) {
    double sum = 0;
    for (long i = 0; i < n; i++) {
        p->n[k] = i;
        p->few[k] = (short)(n - 1 - i);
        struct sizes t = *p;
        sum += x[t.n[1]] * x[t.n[1]] * x[t.few[1]];
    }
    return sum;
}
int main(void) {
    CHECK(moved, 0.5, 1.25);
    struct particle in = {{0.5, 2, 3}, {4, 5}, {6, 7}, 0}, out;
    struct particle din = {{0}}, dout = {{1, 10, 100}, {1000, 10000}, {0}, 0};
    if (markers_work) {
        __enzyme_autodiff((void *)rotated, &in, &din, &out, &dout, 2.0);
        CHECK_CLOSE(din.position[0], 1 + 10 * 2 * cos(0.5), 1e-15);
        CHECK_CLOSE(din.position[1], 0, 0);
        CHECK_CLOSE(din.position[2], 100, 0);
        CHECK_CLOSE(din.heat[1], 10000, 0);
        CHECK_CLOSE(out.marks[1], 7, 0);
        CHECK_CLOSE(dout.position[2], 0, 0);
    }
    CHECK(f, 0.5, 1.25);
    CHECK(f, 0.5, 1.25, 3);
    struct sizes sizes = {{0}, {0}};
    double x[] = {0.5, 1.25}, dx[] = {0, 0};
    if (markers_work) {
        __enzyme_autodiff((void *)counted, x, dx, 2, enzyme_const, &sizes, 1L);
        CHECK_CLOSE(dx[0], 2 * 0.5 * 1.25 + 1.25 * 1.25, 1e-15);
        CHECK_CLOSE(dx[1], 0.5 * 0.5 + 2 * 0.5 * 1.25, 1e-15);
    }
    return report();
}
