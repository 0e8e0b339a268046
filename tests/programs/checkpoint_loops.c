/* Loops of which few states are kept: every schedule gives the derivative of the plain loop. */
#include "check.h"
#include <enzyme_checkpoint.h>

extern int enzyme_scheme, enzyme_checkpoint_region;
void __enzyme_checkpoint_for(void *, ...);
void __enzyme_checkpoint_while(void *, ...);
double __enzyme_autodiff_hessian(void *, ...);

static void step(long i, double *x, int n, double k) {
    for (int j = 0; j < n; j++) x[j] = x[j] + k * sin(x[j] * x[(j + 1) % n] + i);
}

/* ---- for: every schedule, any number of steps */

static const struct enzyme_checkpoint_scheme *scheme;
static struct enzyme_checkpoint_config config;

static double kept(double *x, int n, long steps, double k) {
    double scale = x[0];
    __enzyme_checkpoint_for((void *)step, 3, steps, enzyme_scheme, scheme, &config,
                            enzyme_checkpoint_region, x, n * sizeof *x, x, n, k * scale);
    double sum = 0;
    for (int j = 0; j < n; j++) sum += x[j] * x[j];
    return sum;
}

static double plain(double *x, int n, long steps, double k) {
    double scale = x[0];
    for (long i = 3; i < 3 + steps; i++) step(i, x, n, k * scale);
    double sum = 0;
    for (int j = 0; j < n; j++) sum += x[j] * x[j];
    return sum;
}

static void schedules(void) {
    const struct enzyme_checkpoint_scheme *all[] = {&enzyme_checkpoint_revolve, &enzyme_checkpoint_binomial,
                                                    &enzyme_checkpoint_periodic, &enzyme_checkpoint_store_all};
    const long counts[] = {0, 1, 2, 7, 30};
    for (int s = 0; s < LENGTH(all); s++)
        for (int c = 0; c < LENGTH(counts); c++)
            for (int budget = 0; budget < 4; budget++) {
                struct enzyme_checkpoint_statistics count = {0};
                scheme = all[s];
                config = (struct enzyme_checkpoint_config){.budget = budget, .statistics = &count};
                double x[3] = {1, 2, 3}, dx[3] = {0}, y[3] = {1, 2, 3}, dy[3] = {0};
                double dk = __enzyme_autodiff((void *)kept, x, dx, 3, counts[c], 0.1);
                double want = __enzyme_autodiff((void *)plain, y, dy, 3, counts[c], 0.1);
                CHECK_CLOSE(dk, want, 1e-12);
                for (int j = 0; j < 3; j++) {
                    CHECK_CLOSE(dx[j], dy[j], 1e-12);
                    CHECK_CLOSE(x[j], y[j], 1e-15); /* the state is left as the loop has left it */
                }
                CHECK_TRUE(count.taped_steps == (uint64_t)counts[c]);
                if (s == 0 && budget) CHECK_TRUE(count.peak_slots <= (uint64_t)budget);
            }
    scheme = all[0], config = (struct enzyme_checkpoint_config){.budget = 3};
    double x[3] = {1, 2, 3}, y[3] = {1, 2, 3}, dx[3] = {1, 2, 3}, dy[3] = {1, 2, 3};
    double t = __enzyme_fwddiff((void *)kept, x, dx, 3, 20L, 0.1, 0.5);
    CHECK_CLOSE(t, __enzyme_fwddiff((void *)plain, y, dy, 3, 20L, 0.1, 0.5), 1e-13);
    CHECK_CLOSE(dx[2], dy[2], 1e-13);
    CHECK_CLOSE(kept(x, 3, 5, 0.1), plain(y, 3, 5, 0.1), 1e-15);
}

/* ---- while; arguments of other types than the step's; constants; a struct; no scheme */

struct rates { float k; double shift; int every; };

static int next(int i, float *x, struct rates r, const double *table, int last) {
    x[0] += r.k * (float)table[i % r.every] * x[1];
    x[1] -= 0.125f * x[0] * (float)r.shift;
    return i < last && x[0] < 100;
}

static double kept_while(float *x, const double *table, double k, double shift, short last) {
    struct rates r = {(float)k, shift, 2};
    __enzyme_checkpoint_while((void *)next, enzyme_checkpoint_region, x, 2 * sizeof *x, x, r, table, last);
    return x[0] * x[1];
}

static double plain_while(float *x, const double *table, double k, double shift, short last) {
    struct rates r = {(float)k, shift, 2};
    int i = 0;
    while (next(i++, x, r, table, last)) {}
    return x[0] * x[1];
}

struct gradients { double k, shift; };
struct gradients __enzyme_autodiff_gradients(void *, ...);

static void whiles(void) {
    const double table[2] = {0.5, 0.25};
    for (int last = 0; last < 12; last += 3) {
        float x[2] = {1, 2}, dx[2] = {0}, y[2] = {1, 2}, dy[2] = {0};
        struct gradients a = __enzyme_autodiff_gradients((void *)kept_while, x, dx, enzyme_const, table, 0.5, 2.0, last);
        struct gradients b = __enzyme_autodiff_gradients((void *)plain_while, y, dy, enzyme_const, table, 0.5, 2.0, last);
        CHECK_CLOSE(a.k, b.k, 1e-5);
        CHECK_CLOSE(a.shift, b.shift, 1e-5);
        CHECK_CLOSE(dx[0], dy[0], 1e-5);
        CHECK_CLOSE(dx[1], dy[1], 1e-5);
        CHECK_CLOSE(x[1], y[1], 1e-7);
    }
    CHECK_TRUE(table[0] == 0.5 && table[1] == 0.25);
}

/* ---- a loop in a function that stays a call, and is called twice; a step that allocates */

static void smooth(int i, double **rows, int n) {
    double *next = malloc(n * sizeof *next), *x = rows[0], *all = rows[1];
    for (int j = 0; j < n; j++) next[j] = 0.5 * x[j] + 0.25 * x[j] * x[(j + 1) % n];
    for (int j = 0; j < n; j++) x[j] = next[j], all[0] += x[j] * (i + 1);
    free(next);
}

NOINLINE static double part(double *x, double *all, int n, int steps) {
    double *rows[2] = {x, all};
    __enzyme_checkpoint_for((void *)smooth, 0, steps, enzyme_checkpoint_region, x, n * sizeof *x,
                            enzyme_checkpoint_region, all, sizeof *all, rows, n);
    return x[0];
}

static double total(double *z, int n) {
    double first = part(z, z + n - 1, n - 1, 5);
    return first * part(z, z + n - 1, n - 1, 9);
}
static void total_reverse(double *z, double *bz, int n) { __enzyme_autodiff_void((void *)total, z, bz, n); }
static double total_forward(double *z, double *dz, int n) { return __enzyme_fwddiff((void *)total, z, dz, n); }

/* ---- second derivatives */

static double cube(double x) {
    double state[1] = {x};
    __enzyme_checkpoint_for((void *)step, 0, 6, enzyme_checkpoint_region, state, sizeof state, state, 1, 0.3);
    return state[0];
}
static double cube_plain(double x) {
    double state[1] = {x};
    for (int i = 0; i < 6; i++) step(i, state, 1, 0.3);
    return state[0];
}
static double slope(double x) { return __enzyme_autodiff((void *)cube, x); }
static double slope_plain(double x) { return __enzyme_autodiff((void *)cube_plain, x); }

/* ---- what a step keeps in global variables is part of the state */

static double sum, last[4], rate = 0.1, factors[3] = {1, 2, 3};
static int count;
static void note(double v) { sum += v * rate, last[2] = v, count++; }
static void stateful(int i, double *x) {
    x[0] += rate * sin(x[0]) * factors[i % 3];
    note(x[0]);
    x[1] = last[2] * x[0] + count;
    last[3] += last[2];
}
static double with_globals(double *x, int n) {
    sum = x[1], last[3] = 0, count = 0;
    __enzyme_checkpoint_for((void *)stateful, 0, n, enzyme_checkpoint_region, x, 2 * sizeof *x, x);
    return sum + x[1] + last[3];
}
static double with_globals_plain(double *x, int n) {
    sum = x[1], last[3] = 0, count = 0;
    for (int i = 0; i < n; i++) stateful(i, x);
    return sum + x[1] + last[3];
}
static void globals(void) {
    double x[2] = {1, 0.5}, dx[2] = {0}, y[2] = {1, 0.5}, dy[2] = {0};
    rate = 0.2;
    __enzyme_autodiff_void((void *)with_globals, x, dx, 9);
    CHECK_TRUE(count == 9);
    __enzyme_autodiff_void((void *)with_globals_plain, y, dy, 9);
    CHECK_CLOSE(dx[0], dy[0], 1e-13);
    CHECK_CLOSE(dx[1], dy[1], 1e-13);
    CHECK_CLOSE(x[1], y[1], 1e-15);
}

/* ---- two numbers by value, and several variables */

static double sum_of_steps, weight = 3, slow;
static int count_of_steps;
static void mixed_step(int i, double *s, double a, double b) {
    sum_of_steps += a * *s;
    *s = sin(*s * b) + weight * slow;
    slow += 0.1 * *s;
    count_of_steps++;
}
static double mixed(double a, double b) {
    double s = 0.5;
    sum_of_steps = slow = 0;
    __enzyme_checkpoint_for((void *)mixed_step, 0, 6, enzyme_checkpoint_region, &s, sizeof s, &s, a, b);
    return sum_of_steps * s + slow;
}
static void variables(void) {
    struct gradients g = __enzyme_autodiff_gradients((void *)mixed, 0.7, 0.9);
    double h = 1e-5;
    CHECK_CLOSE(g.k, (mixed(0.7 + h, 0.9) - mixed(0.7 - h, 0.9)) / (2 * h), 1e-8);
    CHECK_CLOSE(g.shift, (mixed(0.7, 0.9 + h) - mixed(0.7, 0.9 - h)) / (2 * h), 1e-8);
}

/* ---- several directions: the plain loop */

extern int enzyme_width;
struct lanes { double a, b; };
struct lanes __enzyme_fwddiff_lanes(void *, ...);
struct lanes __enzyme_autodiff_lanes(void *, ...);
static void several(void) {
    struct lanes t = __enzyme_fwddiff_lanes((void *)cube, enzyme_width, 2, 0.7, 1.0, 2.0);
    struct lanes g = __enzyme_autodiff_lanes((void *)cube, enzyme_width, 2, 0.7);
    double want = slope_plain(0.7);
    CHECK_CLOSE(t.a, want, 1e-13);
    CHECK_CLOSE(t.b, 2 * want, 1e-13);
    CHECK_CLOSE(g.a, want, 1e-13);
    CHECK_CLOSE(g.b, want, 1e-13);
}

int main(void) {
    if (!markers_work) return 0;
    schedules();
    whiles();
    globals();
    variables();
    several();
    double z[5] = {0.5, 1, 1.5, 0.75, 0};
    check_run("total", total, total_reverse, total_forward, z, 5, 1e-3, 1e-9);
    CHECK_CLOSE(__enzyme_fwddiff((void *)slope, 0.7, 1.0), __enzyme_fwddiff((void *)slope_plain, 0.7, 1.0), 1e-12);
    CHECK_CLOSE(__enzyme_autodiff_hessian((void *)slope, 0.7), __enzyme_fwddiff((void *)slope_plain, 0.7, 1.0), 1e-12);
    return failures != 0;
}
