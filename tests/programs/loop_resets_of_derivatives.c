/* Loops that reset a block at once (loop_resets.c), in derivatives that are differentiated again, forward and in
   reverse, in lanes, and in split mode; and where two cells are one, so that it must not be done. */
#include "check.h"

enum { N = 8192 };

extern int enzyme_width;
extern void *__enzyme_augmentfwd(void *, ...);
extern void __enzyme_reverse(void *, ...);

static int p[N], last[N];
static double u[N], du[2 * N], v[N], dv[2 * N], tu[N], tdu[N], tv[N], tdv[N];

static void scatter(int n, const int *restrict at, const double *restrict from, double *restrict to) {
    for (int i = 0; i < n; i++) to[at[i]] = from[i] * from[i] * from[i];
}

static void gradient(int n, const int *at, const double *from, double *dfrom, double *to, double *dto) {
    __enzyme_autodiff_void((void *)scatter, enzyme_const, n, enzyme_const, at, enzyme_dup, from, dfrom, enzyme_dup, to,
                           dto);
}

static double seed(int i) { return 1 + i % 13; }

static void start(int is_twice) {
    for (int i = 0; i < N; i++) {
        p[i] = i % 16 * (N / 16) + i / 16;
        u[i] = 0.5 + 0.001 * (i % 333);
        v[i] = tv[i] = 0;
        tu[i] = cos(i);
        tdu[i] = 0.5;
        tdv[i] = sin(i);
        last[i] = -1;
    }
    for (int i = 0; i < 2 * N; i++) du[i] = 0.25, dv[i] = seed(i);
    if (is_twice) p[5] = p[6];
    for (int i = 0; i < N; i++) last[p[i]] = i;
}

static int counts(int i) { return last[p[i]] == i; }

/* One lane of adjoints; what is overwritten later gets nothing. */
static void check_lane(int lane) {
    for (int i = 0; i < N; i++) {
        double want = counts(i) ? 3 * u[i] * u[i] * seed(p[i] + lane * N) : 0;
        CHECK_CLOSE(du[i + lane * N], 0.25 + want, 1e-13);
        CHECK_CLOSE(dv[i + lane * N], last[i] < 0 ? seed(i + lane * N) : 0, 0);
    }
}

static void check_all(int is_twice) {
    start(is_twice);
    __enzyme_fwddiff_void((void *)gradient, enzyme_const, N, enzyme_const, p, enzyme_dup, u, tu, enzyme_dup, du, tdu,
                          enzyme_dup, v, tv, enzyme_dup, dv, tdv);
    check_lane(0);
    for (int i = 0; i < N; i++) {
        double want = counts(i) ? 6 * u[i] * cos(i) * seed(p[i]) + 3 * u[i] * u[i] * sin(p[i]) : 0;
        CHECK_CLOSE(tdu[i], 0.5 + want, 1e-13);
        CHECK_CLOSE(tdv[i], last[i] < 0 ? sin(i) : 0, 0);
    }

    start(is_twice);
    for (int i = 0; i < N; i++) tu[i] = 0, tdu[i] = cos(2 * i), tdv[i] = sin(3 * i);
    __enzyme_autodiff_void((void *)gradient, enzyme_const, N, enzyme_const, p, enzyme_dup, u, tu, enzyme_dup, du, tdu,
                           enzyme_dup, v, tv, enzyme_dup, dv, tdv);
    for (int i = 0; i < N; i++) {
        int from = last[i];
        CHECK_CLOSE(tu[i], counts(i) ? 6 * u[i] * seed(p[i]) * cos(2 * i) : 0, 1e-13);
        CHECK_CLOSE(tdv[i], from < 0 ? sin(3 * i) : 3 * u[from] * u[from] * cos(2 * from), 1e-13);
    }

    start(is_twice);
    __enzyme_autodiff_void((void *)scatter, enzyme_width, 2, enzyme_const, N, enzyme_const, p, enzyme_dup, u, du,
                           du + N, enzyme_dup, v, dv, dv + N);
    check_lane(0);
    check_lane(1);

    start(is_twice);
    void *tape = __enzyme_augmentfwd((void *)scatter, enzyme_const, N, enzyme_const, p, enzyme_dup, u, du, enzyme_dup,
                                     v, dv);
    __enzyme_reverse((void *)scatter, enzyme_const, N, enzyme_const, p, enzyme_dup, u, du, enzyme_dup, v, dv, tape);
    check_lane(0);
}

int main(void) {
    if (!markers_work) return report();
    check_all(0);
    check_all(1);
    return report();
}
