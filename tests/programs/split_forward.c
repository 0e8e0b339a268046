/* Split forward mode: the primal with a tape, the tangent from it later. */
#include <enzyme.h>
#include "check.h"

#define NEAR(got, want) CHECK_CLOSE(got, want, 1e-9)
void *__enzyme_augmentfwd_tape(void *, ...);
struct first {
    void *tape;
    double result;
};
struct first __enzyme_augmentfwd_first(void *, ...);
struct both {
    double value, tangent;
};
struct both __enzyme_fwdsplit_both(void *, ...);

static double by_value(double x, double y) { return x * sin(y) + x * x; }

static double calls;
static NOINLINE double helper(double *p, int n, double k) {
    double s = 0;
    calls++;
    for (int i = 0; i < n; i++) {
        double t = p[i] * k;
        p[i] = t * t;
        s += exp(-t) * p[i];
    }
    return s;
}
static double mixed(double *x, int n, double k) {
    double *w = malloc(n * sizeof *w), b[4] = {1, 2, 3, 4};
    memcpy(w, x, n * sizeof *w);
    double s = helper(w, n, k), r = 1;
    for (int i = 0; r < 50 && i < 100; i++) {
        r = r * k + b[i % 4] * w[i % n] + 1;
        x[0] += 1;
    }
    for (int i = 0; i < n; i++) x[i] = x[i] * w[i] + helper(x, n, k) / 100;
    free(w);
    return s + r * k;
}
static void scale(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++) y[i] = x[i] * x[i] + (i ? y[i - 1] : 0);
}
struct node {
    double v;
    struct node *next;
};
static double list(struct node *p) {
    double s = 0;
    for (int k = 1; p; p = p->next, k++) s += k * p->v * p->v, p->v = 0;
    return s;
}
static double *made(const double *x) {
    double *p = malloc(2 * sizeof *p);
    p[0] = x[0] * x[1], p[1] = p[0] * 2;
    return p;
}
struct pointer {
    void *tape;
    double *p;
};
struct pointer __enzyme_augmentfwd_pointer(void *, ...);
double *__enzyme_fwdsplit_pointer(void *, ...);

/* a derivative by hand in two halves */
static double cube(double x) { return x * x * x; }
struct kept {
    double *tape, value;
};
static struct kept cube_augmented(double x) {
    double *tape = malloc(sizeof *tape);
    *tape = 3 * x * x + 1000; /* to be seen that it is this one */
    return (struct kept){tape, x * x * x};
}
static struct both cube_tangent(double x, double dx, double *tape) {
    struct both r = {x * x * x, *tape * dx};
    free(tape);
    return r;
}
void *__enzyme_register_splitderivative_cube[] = {(void *)cube, (void *)cube_augmented, (void *)cube_tangent};
static double uses_cube(double *x) { return cube(x[0]) * x[1]; }

/* a block that others see gets a new place */
struct growing {
    double *data;
    int n, room;
};
static double push(struct growing *g, double x) {
    if (g->n == g->room) g->room *= 2, g->data = realloc(g->data, g->room * sizeof *g->data);
    g->data[g->n] = g->data[g->n - 1] * x, g->n++;
    double s = 0;
    for (int i = 0; i < g->n; i++) s += g->data[i];
    return s;
}

/* A struct that depends on nothing active has no tangent. */
static struct two doubled(double x) { return (struct two){x, 2 * x}; }
extern struct two __enzyme_fwdsplit_two(void *, ...);

int main(void) {
    void *t = __enzyme_augmentfwd_tape((void *)by_value, enzyme_noret, enzyme_dup_return, enzyme_dup, 2.0, 1.0,
                                       enzyme_dup, 3.0, 10.0);
    NEAR(__enzyme_fwdsplit((void *)by_value, 2.0, 1.0, 3.0, 10.0, t), sin(3) + 4 + 20 * cos(3));

    double z[4] = {0.3, 0.4, 0.5, 0.6}, dz[4] = {1, -1, 0.5, 2}, x[4], dx[4], wx[4], wdx[4];
    memcpy(wx, z, sizeof z), memcpy(wdx, dz, sizeof z);
    double want = __enzyme_fwddiff((void *)mixed, wx, wdx, 4, 1.1, 1.0), before = calls;
    memcpy(x, z, sizeof z);
    struct first f = __enzyme_augmentfwd_first((void *)mixed, enzyme_dup_return, x, dx, 4, enzyme_dup, 1.1, 1.0);
    memcpy(wx, z, sizeof z);
    NEAR(f.result, mixed(wx, 4, 1.1));
    for (int i = 0; i < 4; i++) NEAR(x[i], wx[i]);
    for (int i = 0; i < 4; i++) x[i] = 77;
    for (int run = 0; run < 2; run++) {
        memcpy(dx, dz, sizeof z);
        NEAR(__enzyme_fwdsplit((void *)mixed, enzyme_nofree, x, dx, 4, 1.1, 1.0, f.tape), want);
        for (int i = 0; i < 4; i++) NEAR(dx[i], wdx[i]);
        for (int i = 0; i < 4; i++) CHECK_TRUE(x[i] == 77);
    }
    memcpy(dx, dz, sizeof z);
    struct both b = __enzyme_fwdsplit_both((void *)mixed, enzyme_primal_return, x, dx, 4, 1.1, 1.0, f.tape);
    NEAR(b.value, f.result);
    NEAR(b.tangent, want);
    (void)before;

    double y[3], dy[3], a[3] = {1, 2, 3}, da[3] = {1, 10, 100};
    size_t n = __enzyme_augmentsize((void *)scale, enzyme_dup, enzyme_dup, enzyme_const);
    char buffer[16];
    CHECK_TRUE(n <= sizeof buffer);
    __enzyme_augmentfwd_void((void *)scale, enzyme_allocated, n, enzyme_tape, buffer, a, da, y, dy, 3);
    a[0] = a[1] = a[2] = y[0] = 9;
    __enzyme_fwdsplit_void((void *)scale, enzyme_allocated, n, enzyme_tape, buffer, a, da, y, dy, 3);
    NEAR(dy[0], 2);
    NEAR(dy[1], 42);
    NEAR(dy[2], 642);
    CHECK_TRUE(y[0] == 9);

    struct node n2 = {3, 0}, n1 = {2, &n2}, d2 = {1, 0}, d1 = {10, &d2};
    f = __enzyme_augmentfwd_first((void *)list, enzyme_dup_return, &n1, &d1);
    CHECK_TRUE(n1.v == 0);
    NEAR(__enzyme_fwdsplit((void *)list, &n1, &d1, f.tape), 2 * 2 * 10 + 2 * 2 * 3);

    a[0] = 3, a[1] = 5;
    struct pointer p = __enzyme_augmentfwd_pointer((void *)made, a, da);
    NEAR(p.p[1], 30);
    p.p[0] = 0;
    double *dp = __enzyme_fwdsplit_pointer((void *)made, a, da, p.tape);
    NEAR(dp[0], 1 * 5 + 3 * 10);
    NEAR(dp[1], 70);
    CHECK_TRUE(p.p[0] == 0 && dp != p.p);
    free(p.p), free(dp);

    t = __enzyme_augmentfwd_tape((void *)uses_cube, enzyme_noret, enzyme_dup_return, a, da);
    NEAR(__enzyme_fwdsplit((void *)uses_cube, a, da, t), (27 + 1000) * 1 * 5 + 27 * 10);

    struct growing g = {malloc(sizeof(double)), 1, 1}, dg = {malloc(sizeof(double)), 1, 1};
    g.data[0] = 3, dg.data[0] = 1;
    f = __enzyme_augmentfwd_first((void *)push, enzyme_dup_return, &g, &dg, enzyme_dup, 2.0, 1.0);
    NEAR(f.result, 9);
    double *now = g.data;
    g.data[1] = 99;
    NEAR(__enzyme_fwdsplit((void *)push, &g, &dg, 2.0, 1.0, f.tape), 1 + 3 + 2);
    CHECK_TRUE(g.data == now && g.data[1] == 99 && g.n == 2 && g.room == 2);
    NEAR(dg.data[1], 5);
    free(g.data), free(dg.data);

    t = __enzyme_augmentfwd_tape((void *)doubled, enzyme_noret, enzyme_dup_return, enzyme_const, 2.0);
    struct two none = __enzyme_fwdsplit_two((void *)doubled, enzyme_dup_return, enzyme_const, 2.0, t);
    CHECK_TRUE(none.a == 0 && none.b == 0);
    return report();
}
