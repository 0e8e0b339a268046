/* Loops with an annotation in their body: few states are kept, or the converged one only. */
#include "check.h"

void __enzyme_set_checkpointing(uint64_t, uint64_t);
void __enzyme_set_fixed_point(double, int64_t, void *, ...);
void __enzyme_ptr_size_hint(void *, size_t, int);

#define ALL (~(uint64_t)0)

/* ---- locals by value and by address, arrays, a break, an inner loop */

#define WALK(name, annotation)                                                                       \
    static double name(double *x, int n) {                                                           \
        double total = 0, window[3] = {0};                                                           \
        long i;                                                                                      \
        __enzyme_ptr_size_hint(x, n * sizeof *x, 0);                                                 \
        for (i = 0; i < 25; i++) {                                                                   \
            annotation;                                                                              \
            double t = 0, k = 0.05;                                                                  \
            for (int j = 0; j < n; j++) {                                                            \
                x[j] += k * sin(x[(j + 1) % n] * (i + 1));                                           \
                t += x[j] * x[j];                                                                    \
            }                                                                                        \
            window[i % 3] = t;                                                                       \
            if (t > 1e6) break;                                                                      \
            if (i % 5 == 4) continue;                                                                \
            total += window[0] * window[1] + t;                                                      \
        }                                                                                            \
        return total * i + window[2];                                                                \
    }
WALK(walk_plain, (void)0)
WALK(walk_periodic, __enzyme_set_checkpointing(1, ALL))
WALK(walk_revolve, __enzyme_set_checkpointing(2, 3))
WALK(walk_all, __enzyme_set_checkpointing(3, ALL))
WALK(walk_binomial, __enzyme_set_checkpointing(4, 4))
WALK(walk_none, __enzyme_set_checkpointing(0, 0))

typedef double walk(double *, int);

static void walks(void) {
    double y[4] = {0.1, 0.2, 0.3, 0.4}, dy[4] = {0};
    __enzyme_autodiff_void((void *)walk_plain, y, dy, 4);
#define TRY(f)                                                                                       \
    do {                                                                                             \
        double x[4] = {0.1, 0.2, 0.3, 0.4}, dx[4] = {0}, z[4] = {0.1, 0.2, 0.3, 0.4};                \
        __enzyme_autodiff_void((void *)f, x, dx, 4);                                                 \
        for (int i = 0; i < 4; i++) CHECK_CLOSE(dx[i], dy[i], 1e-11);                                \
        for (int i = 0; i < 4; i++) CHECK_CLOSE(x[i], y[i], 1e-15);                                  \
        double w[4] = {0.1, 0.2, 0.3, 0.4};                                                          \
        CHECK_CLOSE(f(z, 4), walk_plain(w, 4), 1e-15);                                               \
    } while (0)
    TRY(walk_periodic);
    TRY(walk_revolve);
    TRY(walk_all);
    TRY(walk_binomial);
    TRY(walk_none);
}

/* ---- buffers that are allocated; nested annotations */

static double heat(const double *start, int n, double k) {
    double *a = malloc(n * sizeof *a), *b = calloc(n, sizeof *b);
    memcpy(a, start, n * sizeof *a);
    for (int t = 0; t < 12; t++) {
        __enzyme_set_checkpointing(2, 2);
        for (int s = 0; s < 3; s++) {
            __enzyme_set_checkpointing(1, 2);
            for (int i = 0; i < n; i++)
                b[i] = a[i] + k * a[i] * (a[(i + 1) % n] - 2 * a[i] + a[(i + n - 1) % n]);
            for (int i = 0; i < n; i++) a[i] = b[i];
        }
    }
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * a[i];
    free(a), free(b);
    return sum;
}
static double heat_primal(double *z, int n) { return heat(z, n - 1, z[n - 1]); }
static void heat_reverse(double *z, double *bz, int n) { __enzyme_autodiff_void((void *)heat_primal, z, bz, n); }
static double heat_forward(double *z, double *dz, int n) { return __enzyme_fwddiff((void *)heat_primal, z, dz, n); }

/* ---- pointers that are chosen anew in each step, and only read */

static double mixed(const double *x, int n) {
    double z = x[0], last[2] = {1, 2};
    for (int i = 0; i < 9; i++) {
        __enzyme_set_checkpointing(2, 3);
        const double *chosen = i % 2 ? x : x + n - 1, *same = chosen;
        z = sin(z) * chosen[0] + same[0] * last[0];
        last[0] = last[1], last[1] = z;
    }
    return z + last[0];
}
static double mixed_primal(double *z, int n) { return mixed(z, n); }
static void mixed_reverse(double *z, double *bz, int n) { __enzyme_autodiff_void((void *)mixed, z, bz, n); }
static double mixed_forward(double *z, double *dz, int n) { return __enzyme_fwddiff((void *)mixed, z, dz, n); }

/* ---- a fixed point, tested at the head or in the latch */

static double root(double a) {
    double z = 1, before = 0;
    for (int i = 0; i < 60 && fabs(z - before) > 1e-15; i++) {
        __enzyme_set_fixed_point(-1, -1, NULL, &z, sizeof z);
        before = z;
        z = 0.5 * (z + a / z);
    }
    return 3 * z;
}
static double root_do(double a) {
    double z[1] = {1}, change;
    do {
        __enzyme_set_fixed_point(1e-20, 100, NULL, z, sizeof z);
        change = 0.5 * (z[0] + a / z[0]) - z[0];
        z[0] += change;
    } while (fabs(change) > 1e-15);
    return 3 * z[0];
}

int main(void) {
    if (!markers_work) return 0;
    walks();
    double z[4] = {0.5, 1, 0.75, 0.1};
    check_run("heat", heat_primal, heat_reverse, heat_forward, z, 4, 1e-3, 1e-8);
    check_run("mixed", mixed_primal, mixed_reverse, mixed_forward, z, 3, 1e-3, 1e-8);
    CHECK_CLOSE(root(2), 3 * sqrt(2), 1e-14);
    CHECK_CLOSE(__enzyme_autodiff((void *)root, 2.0), 1.5 / sqrt(2), 1e-10);
    CHECK_CLOSE(__enzyme_fwddiff((void *)root, 2.0, 1.0), 1.5 / sqrt(2), 1e-10);
    CHECK_CLOSE(__enzyme_autodiff((void *)root_do, 2.0), 1.5 / sqrt(2), 1e-10);
    CHECK_CLOSE(__enzyme_fwddiff((void *)root_do, 2.0, 1.0), 1.5 / sqrt(2), 1e-10);
    return failures != 0;
}
