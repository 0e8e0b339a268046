/* Several directions: all ways to pass shadows. */
#include "check.h"

extern int enzyme_width, enzyme_dupv, enzyme_dupnoneedv, enzyme_const_return, enzyme_dup_return;
extern int enzyme_byref, enzyme_runtime_activity;

struct l2 { double l[2]; };
extern struct l2 __enzyme_fwddiff_l2(void *, ...), __enzyme_autodiff_l2(void *, ...);

static double f(double *x, long n, double k) {
    double s = 0;
    for (long i = 0; i < n; i++) {
        s += x[i] * x[i] * k;
        x[i] += s;
    }
    return s;
}
static void want(double d[2][3], double dk[2], double r[2]) { /* one after the other */
    for (int v = 0; v < 2; v++) {
        double x[3] = {1, 2, 3};
        r[v] = __enzyme_fwddiff((void *)f, x, d[v], 3L, 0.5, dk[v]);
    }
}
static double first[2][3] = {{1, -1, 0.5}, {0.25, 2, 1}};

struct pair { double a; long n; };
static double use(struct pair p, double *x) { return p.a * p.a * x[p.n]; }
struct node { double value; struct node *next; };
static double chain(struct node *head) {
    double product = 1;
    for (; head; head = head->next) product *= head->value;
    return product;
}
static double *second(double *x) { return x + 1; }
struct p2 { double *l[2]; };
extern struct p2 __enzyme_fwddiff_p2(void *, ...);
struct pp2 { double *p, *l[2]; };
extern struct pp2 __enzyme_fwddiff_pp2(void *, ...);
typedef float quad __attribute__((vector_size(16)));
static quad scaled(quad x) { return x * x; }
struct q2 { quad l[2]; };
extern struct q2 __enzyme_fwddiff_q2(void *, int, int, quad, quad, quad);
extern struct q2 __enzyme_autodiff_q2(void *, int, int, quad);
struct many { double v[6]; int count; };
static double large(struct many m, double k) {
    double s = 0;
    for (int i = 0; i < m.count; i++) s += m.v[i] * m.v[i] * k;
    return s;
}
static float narrowed(float x, short n) { return x * x * n; }
struct f2 { float l[2]; };
extern struct f2 __enzyme_fwddiff_f2(void *, ...);
static double maybe(double *x, const double *table, int k) {
    const double *p = k ? x : table;
    return p[0] * p[1] + x[1];
}
static void product(const double *x, double *out) { *out = x[0] * x[1]; }

int main(int argc, char **argv) {
    (void)argv;
    if (!markers_work) return report();
    double d[2][3], dk[2] = {1, -2}, r[2];
    memcpy(d, first, sizeof d);
    want(d, dk, r);
#define EXPECT(t, e, which)                                                                      \
    for (int i = 0; i < 3; i++) {                                                                \
        CHECK_CLOSE((e)[0][i], d[0][i], 1e-15);                                                  \
        CHECK_CLOSE((e)[1][i], d[1][i], 1e-15);                                                  \
    }                                                                                            \
    CHECK_CLOSE((t).l[0], r[0], 1e-15);                                                          \
    CHECK_CLOSE((t).l[1], r[1], 1e-15)
    {
        double x[3] = {1, 2, 3}, e[2][3];
        memcpy(e, first, sizeof e);
        struct l2 t = __enzyme_fwddiff_l2((void *)f, enzyme_width, 2, enzyme_dup, x, e[0], e[1], enzyme_const,
                                          3L, enzyme_dup, 0.5, 1.0, -2.0);
        EXPECT(t, e, "dup");
    }
    {
        double x[3] = {1, 2, 3}, e[2][3];
        memcpy(e, first, sizeof e);
        int width = 2; /* the words may come from variables, at every level */
        struct l2 t = __enzyme_fwddiff_l2((void *)f, enzyme_dupv, 24, x, e, 3L, 0.5, 1.0, -2.0, enzyme_width,
                                          width);
        EXPECT(t, e, "dupv");
    }
    {
        double x[3] = {1, 2, 3}, e[4][3];
        memcpy(e[0], first[0], sizeof e[0]);
        memcpy(e[3], first[1], sizeof e[3]);
        long stride = 72 * argc;
        struct l2 t = __enzyme_fwddiff_l2((void *)f, enzyme_width, 2, enzyme_dupnoneedv, stride, x, e, 3L, 0.5,
                                          1.0, -2.0);
        memcpy(e[1], e[3], sizeof e[1]);
        EXPECT(t, e, "stride at run time");
        memcpy(x, (double[]){1, 2, 3}, sizeof x);
        memcpy(e[0], first[0], sizeof e[0]);
        memcpy(e[3], first[1], sizeof e[3]);
        int back = -72 * argc; /* lanes in the other order */
        t = __enzyme_fwddiff_l2((void *)f, enzyme_width, 2, enzyme_dupv, back, x, e[3], 3L, 0.5, -2.0, 1.0);
        CHECK_CLOSE(t.l[0], r[1], 1e-15);
        CHECK_CLOSE(t.l[1], r[0], 1e-15);
        CHECK_CLOSE(e[0][2], d[0][2], 1e-15);
        CHECK_CLOSE(e[3][2], d[1][2], 1e-15);
    }
    {
        double x[3] = {1, 2, 3}, e[2][3];
        memcpy(e, first, sizeof e);
        struct l2 t = __enzyme_fwddiff_l2((void *)f, enzyme_width, 2, enzyme_dup, x, enzyme_const, 3L,
                                          enzyme_dup, 0.5, enzyme_interleave, e[0], e[1], 1.0, -2.0);
        EXPECT(t, e, "interleaved");
    }
    {
        struct pair p = {3, 1}, dp = {1, 1}, dq = {2, 1};
        double x[2] = {5, 7}, dx[2][2] = {{0, 1}, {1, 0.5}};
        struct l2 t = __enzyme_fwddiff_l2((void *)use, enzyme_width, 2, enzyme_dup, p, x, enzyme_interleave, dp,
                                          dq, dx[0], dx[1]);
        CHECK_CLOSE(t.l[0], 2 * 3 * 7 + 9, 0);
        CHECK_CLOSE(t.l[1], 2 * 2 * 3 * 7 + 4.5, 0);
        double bx[2][2] = {{0}};
        struct l2 g = __enzyme_autodiff_l2((void *)use, enzyme_width, 2, p, x, bx[0], bx[1]);
        CHECK_CLOSE(g.l[0] + 10 * g.l[1], 11 * 42, 0);
        CHECK_CLOSE(bx[0][1] + 10 * bx[1][1], 99, 0);
    }
    {
        struct node a[2] = {{2, &a[1]}, {3, NULL}}, b[2] = {{1, &b[1]}, {0, NULL}}, c[2] = {{0, &c[1]}, {5, NULL}};
        struct l2 t = __enzyme_fwddiff_l2((void *)chain, enzyme_width, 2, a, b, c);
        CHECK_CLOSE(t.l[0], 3, 0);
        CHECK_CLOSE(t.l[1], 10, 0);
        b[0].value = c[1].value = 0;
        __enzyme_autodiff((void *)chain, enzyme_width, 2, a, b, c);
        CHECK_CLOSE(b[0].value + 10 * b[1].value + 100 * c[0].value + 1000 * c[1].value, 3 + 20 + 300 + 2000, 0);
    }
    {
        double x[2], dx[2], dy[2];
        struct p2 t = __enzyme_fwddiff_p2((void *)second, enzyme_width, 2, x, dx, dy);
        CHECK_TRUE(t.l[0] == dx + 1 && t.l[1] == dy + 1);
        struct pp2 u =
            __enzyme_fwddiff_pp2((void *)second, enzyme_primal_return, enzyme_width, 2, x, dx, dy);
        CHECK_TRUE(u.p == x + 1 && u.l[0] == dx + 1 && u.l[1] == dy + 1);
    }
    {
        quad x = {1, 2, 3, 4}, dx = {1, 0, 1, 0}, dy = {0, 1, 0, 2};
        struct q2 t = __enzyme_fwddiff_q2((void *)scaled, enzyme_width, 2, x, dx, dy);
        for (int i = 0; i < 4; i++) CHECK_CLOSE(t.l[0][i] + 100 * t.l[1][i], 2 * x[i] * (dx[i] + 100 * dy[i]), 0);
        t = __enzyme_autodiff_q2((void *)scaled, enzyme_width, 2, x);
        for (int i = 0; i < 4; i++) CHECK_CLOSE(t.l[0][i] + 100 * t.l[1][i], 101 * 2 * x[i], 0);
    }
    {
        struct many m = {{1, 2, 3}, 3}, dm = {{1, 0, 0}, 3}, dn = {{0, 0, 1}, 3};
        struct l2 t = __enzyme_fwddiff_l2((void *)large, enzyme_width, 2, m, &dm, &dn, 2.0, 0.0, 1.0);
        CHECK_CLOSE(t.l[0], 4, 0);
        CHECK_CLOSE(t.l[1], 12 + 14, 0);
        memset(dm.v, 0, sizeof dm.v);
        memset(dn.v, 0, sizeof dn.v);
        struct l2 g = __enzyme_autodiff_l2((void *)large, enzyme_width, 2, m, &dm, &dn, 2.0);
        CHECK_CLOSE(g.l[0] + 10 * g.l[1], 11 * 14, 0);
        CHECK_CLOSE(dm.v[2] + 10 * dn.v[2], 11 * 12, 0);
    }
    {
        struct f2 t = __enzyme_fwddiff_f2((void *)narrowed, enzyme_width, 2, 3.0f, 1.0f, 2.0f, (short)2);
        CHECK_CLOSE(t.l[0] + 100 * t.l[1], 12 + 2400, 0);
    }
    for (int k = 0; k < 2; k++) { /* the table is its own shadow: constant */
        double x[2] = {2, 3}, table[2] = {5, 7}, dx[2][2] = {{1, 0}, {0, 1}};
        struct l2 t = __enzyme_fwddiff_l2((void *)maybe, enzyme_width, 2, enzyme_runtime_activity, x, dx[0],
                                          dx[1], enzyme_dup, table, table, table, k);
        CHECK_CLOSE(t.l[0], k ? 3 : 0, 0);
        CHECK_CLOSE(t.l[1], k ? 3 : 1, 0);
        double bx[2][2] = {{0}};
        __enzyme_autodiff((void *)maybe, enzyme_width, 2, enzyme_dupv, sizeof *bx, x, bx, enzyme_const, table, k);
        CHECK_CLOSE(bx[0][0] + 10 * bx[1][0], k ? 33 : 0, 0);
        CHECK_CLOSE(bx[0][1] + 10 * bx[1][1], k ? 33 : 11, 0);
        CHECK_CLOSE(table[0] + table[1], 12, 0);
    }
    {
        double x[2] = {2, 3}, out, dx[2][2] = {{0}}, seed[2] = {1, 10}; /* seeds through memory */
        __enzyme_autodiff_void((void *)product, enzyme_width, 2, enzyme_dupv, sizeof *dx, x, dx,
                               enzyme_dupnoneedv, sizeof *seed, &out, seed);
        CHECK_CLOSE(dx[0][0], 3, 0);
        CHECK_CLOSE(dx[1][0], 30, 0);
        CHECK_CLOSE(dx[1][1], 20, 0);
        CHECK_CLOSE(seed[0] + seed[1], 0, 0);
    }
    return report();
}
