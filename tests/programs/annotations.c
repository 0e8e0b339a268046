/* What programs say of their functions and globals: registering globals and annotate strings. */
/* lanes: their own */
#include "check.h"

/* ---- inactive functions: with a body, only declared, noisy ---- */
static double ignored(double x) { return 10 * x; }
void *__enzyme_inactivefn_ignored[] = {(void *)ignored};
static double uses_ignored(double x) { return x * x + ignored(x) * 3; }
__attribute__((annotate("enzyme_inactive"))) static double silent(const double *x) { return x[0]; }
static double uses_silent(double x) { return x * silent(&x); }
static int calls;
__attribute__((annotate("enzyme_inactivefn"))) NOINLINE static int count(double x) { return (void)x, ++calls; }
static double uses_count(double x) { return x * count(x) * count(x); }
__attribute__((annotate("enzyme_inactive"))) double floor_of(double) __asm__("floor");
static double uses_declared(double x) { return x * floor_of(x); }
static inline __attribute__((always_inline)) double inlined(double x) { return x; }
struct { void *f; } __enzyme_inactivenoblockfn_inlined = {(void *)inlined};
static double uses_inlined(double x) { return inlined(x) * x; }

/* ---- inactive globals ---- */
static double last;
void *__enzyme_inactive_global_last = &last;
static double uses_last(double x) {
    last = x;
    return x * last;
}
__attribute__((annotate("enzyme_inactive"))) static double table[3];
static double uses_table(double x, int i) {
    table[i] = x * x;
    return table[i] * x;
}
double state_enzyme_const;
static double uses_state(double x) {
    state_enzyme_const = 2 * x;
    return state_enzyme_const * x;
}

/* ---- functions like known ones ---- */
static double my_log1p(double x) { return 7 + log1p(x); }
void *__enzyme_function_like_log1p[] = {(void *)my_log1p, (void *)"log1p"};
static double uses_like(double x) { return my_log1p(x) * 2; }
__attribute__((annotate("enzyme_function_like=sin"))) static double sine(double x) { return x > 0 ? x : -x; }
static double uses_sine(double x) { return sine(x) * x; }

/* ---- allocators ---- */
struct pool { int alive, made; };
static void *pool_alloc(struct pool *p, size_t bytes) { return p->alive++, p->made++, malloc(bytes); }
static void pool_free(struct pool *p, void *q) {
    p->alive--;
    free(q);
}
void *__enzyme_allocation_like_pool[4] = {(void *)pool_alloc, (void *)1, (void *)"0,-1", (void *)pool_free};
static double uses_pool(struct pool *p, const double *x, int n) {
    double *y = pool_alloc(p, n * sizeof *y), s = 0;
    for (int i = 0; i < n; i++) y[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += y[i] * y[(i + 1) % n];
    pool_free(p, y);
    return s;
}
static double leaky_pool(struct pool *p, const double *x, int n) {
    double s = 0;
    for (int k = 0; k < 3; k++) {
        double *y = pool_alloc(p, n * sizeof *y);
        for (int i = 0; i < n; i++) y[i] = x[i] * x[i] * k;
        for (int i = 0; i < n; i++) s += y[i] * y[i];
        if (k == 1) pool_free(p, y);
    }
    return s;
}

/* ---- what changes no number ---- */
NOINLINE static double random_but_fixed(int seed) { return 0.5 + seed; }
void *__enzyme_shouldrecompute_fixed[] = {(void *)random_but_fixed};
void *__enzyme_nofree_count[] = {(void *)count};
__attribute__((annotate("enzyme_nofree"), annotate("enzyme_shouldrecompute"))) NOINLINE static double
weight(int i) { return 1.5 * i; }
static double uses_weights(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s = (s + x[i]) * random_but_fixed(i) * weight(i + 1);
    return s;
}

int main(void) {
    double x[3] = {1, 2, 3}, dx[3] = {0}, tx[3] = {1, 0, 0}, y[3] = {0};
    struct pool pool = {0, 0};
    if (!markers_work) return report();
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_ignored, 3.0), 6, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_ignored, 3.0, 1.0), 6, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_silent, 3.0), 3, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_silent, 3.0, 1.0), 3, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_count, 3.0), 2, 0);
    CHECK_TRUE(calls == 2);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_declared, 3.5), 3, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_inlined, 3.0), 3, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_inlined, 3.0, 1.0), 3, 0);

    CHECK_CLOSE(__enzyme_autodiff((void *)uses_last, 3.0), 3, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_last, 3.0, 1.0), 3, 0);
    CHECK_CLOSE(last, 3, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_table, 3.0, 1), 9, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_table, 3.0, 1.0, 2), 9, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_state, 3.0), 6, 0);

    CHECK_CLOSE(__enzyme_autodiff((void *)uses_like, 3.0), 0.5, 0);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_like, 3.0, 1.0), 0.5, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_sine, 2.0), cos(2) * 2 + 2, 1e-15);

    __enzyme_autodiff_void((void *)uses_pool, enzyme_const, &pool, x, dx, 3);
    CHECK_CLOSE(dx[0], 2 * 1 * (4 + 9), 0);
    CHECK_TRUE(pool.alive == 0 && pool.made == 2);
    CHECK_CLOSE(__enzyme_fwddiff((void *)uses_pool, enzyme_const, &pool, x, tx, 3), 26, 0);
    CHECK_TRUE(pool.alive == 0 && pool.made == 4);
    __enzyme_autodiff_void((void *)leaky_pool, enzyme_const, &pool, x, y, 3);
    CHECK_CLOSE(y[1], (1 + 4) * 4 * 8, 0);
    CHECK_TRUE(pool.alive == 0 && pool.made == 10);

    dx[0] = dx[1] = dx[2] = 0;
    __enzyme_autodiff_void((void *)uses_weights, x, dx, 3);
    CHECK_CLOSE(dx[2], 2.5 * 4.5, 1e-15);
    CHECK_CLOSE(dx[0], 2.5 * 4.5 * 1.5 * 3 * 0.5 * 1.5, 1e-15);
    return report();
}
