/* What a batch of random functions shares: the comparison of derivatives with the oracle's. */
#ifndef CHECKS_H
#define CHECKS_H

#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern int enzyme_dup, enzyme_const, enzyme_out;

#define UNUSED __attribute__((unused))
#define NOINLINE __attribute__((noinline))

/* Negation and absolute value by bits. */
UNUSED static double bit_neg(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    u ^= UINT64_C(1) << 63;
    memcpy(&x, &u, sizeof u);
    return x;
}
UNUSED static double bit_abs(double x) {
    union { double d; uint64_t u; } v = {x};
    v.u &= ~(UINT64_C(1) << 63);
    return v.d;
}
UNUSED static float bit_negf(float x) {
    union { float f; uint32_t u; } v = {x};
    v.u ^= 0x80000000u;
    return v.f;
}
UNUSED static float bit_absf(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    u &= 0x7fffffffu;
    memcpy(&x, &u, sizeof u);
    return x;
}

/* z is all active memory and all scalars; r the result. The oracle also says if it is undecided. */
struct random_function {
    const char *name;
    int n, is_single;
    const double *z;
    const char *is_active; /* by element of z */
    double (*primal)(double *z);
    void (*reverse)(double *z, double *bz);
    double (*forward)(double *z, double *dz);
    int (*oracle)(double *z, double *dz, double *r, double *dr);
};

enum { MAX_Z = 32, OK = 0, WRONG = 1, UNDECIDED = 2 };

static int compare(const struct random_function *f, const char *what, const double *got,
                   const double *want, const double *nearby, int n) {
    double tol = f->is_single ? 1e-4 : 1e-10, limit = f->is_single ? 1e-2 : 1e-6, scale = 1, noise = 0;
    for (int i = 0; i < n; i++) {
        scale = fmax(scale, fabs(want[i]));
        noise = fmax(noise, fabs(want[i] - nearby[i]));
    }
    if (!(noise <= limit * scale) || !(scale < 1e12)) return UNDECIDED;
    for (int i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= tol * scale + 10 * noise)) {
            printf("%s wrong %s[%d] is %.17g, want %.17g (noise %.1g)\n", f->name, what, i, got[i],
                   want[i], noise);
            return WRONG;
        }
    return OK;
}

/* Columns are the tangents of (z after, r); rows of seeds are folded into one number. */
static int ask(const struct random_function *f, double nudge, const double *dz0, double *after,
               double *tangent) {
    double z[MAX_Z];
    for (int i = 0; i < f->n; i++) {
        z[i] = f->z[i] * (1 + nudge * (i % 2 ? 1 : -0.7));
        if (f->is_single) z[i] = (float)z[i];
        tangent[i] = dz0[i];
    }
    int undecided = f->oracle(z, tangent, &z[f->n], &tangent[f->n]);
    memcpy(after, z, (f->n + 1) * sizeof *z);
    return undecided;
}

static int check(const struct random_function *f) {
    double nudge = f->is_single ? 3e-7 : 1e-13, z[MAX_Z], seeds[MAX_Z], direction[MAX_Z];
    double after[MAX_Z], tangent[MAX_Z], near_after[MAX_Z], near_tangent[MAX_Z], got[MAX_Z];
    int status, n = f->n;

    for (int i = 0; i < n; i++) {
        seeds[i] = 0.375 + 0.25 * (i % 5) - 0.5 * (i % 3);
        direction[i] = f->is_active[i] ? 0.5 + 0.125 * (i % 7) - 0.75 * (i % 2) : 0;
    }
    if (ask(f, 0, direction, after, tangent)) return UNDECIDED;
    if (ask(f, nudge, direction, near_after, near_tangent)) return UNDECIDED;

    memcpy(z, f->z, n * sizeof *z);
    z[n] = f->primal(z);
    if ((status = compare(f, "primal", z, after, near_after, n + 1))) return status;
#ifndef ORACLE_ONLY
    memcpy(z, f->z, n * sizeof *z);
    memcpy(got, direction, n * sizeof *z);
    got[n] = f->forward(z, got);
    z[n] = after[n];
    if ((status = compare(f, "primal of forward", z, after, near_after, n + 1))) return status;
    if ((status = compare(f, "tangent", got, tangent, near_tangent, n + 1))) return status;
#else
    /* the oracle itself against differences */
    double h = 1e-5, one[MAX_Z], two[MAX_Z];
    for (int i = 0; i < n; i++) one[i] = f->z[i] + h * direction[i], two[i] = f->z[i] - h * direction[i];
    one[n] = f->primal(one);
    two[n] = f->primal(two);
    for (int i = 0; i <= n && !f->is_single; i++) {
        got[i] = (one[i] - two[i]) / (2 * h);
        if (fabs(got[i] - tangent[i]) > 1e-5 * (1 + fabs(tangent[i]))) {
            printf("%s differs tangent[%d] is %.17g by differences, %.17g by duals\n", f->name, i, got[i],
                   tangent[i]);
            return UNDECIDED;
        }
    }
    return OK;
#endif
    double want[MAX_Z], nearby[MAX_Z];
    for (int i = 0; i < n; i++) {
        double unit[MAX_Z] = {0};
        unit[i] = f->is_active[i];
        if (ask(f, 0, unit, after, tangent) || ask(f, nudge, unit, near_after, near_tangent))
            return UNDECIDED;
        want[i] = tangent[n], nearby[i] = near_tangent[n];
        for (int j = 0; j < n; j++) {
            want[i] += seeds[j] * tangent[j];
            nearby[i] += seeds[j] * near_tangent[j];
        }
    }
    memcpy(z, f->z, n * sizeof *z);
    memcpy(got, seeds, n * sizeof *z);
    f->reverse(z, got);
    for (int i = 0; i < n; i++)
        if (!f->is_active[i]) got[i] = want[i] = nearby[i] = 0;
    z[n] = after[n];
    if ((status = compare(f, "primal of reverse", z, after, near_after, n + 1))) return status;
    return compare(f, "gradient", got, want, nearby, n);
}

/* Each function in a process of its own, so that one crash is one crash. */
UNUSED static int check_all(const struct random_function *functions, int count) {
    static const char *const names[] = {"ok", "failed", "undecided"};
    for (int i = 0; i < count; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            int status = check(&functions[i]);
            printf("%s %s\n", functions[i].name, names[status]);
            fflush(stdout);
            exit(0); /* the leak checker runs here */
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status))
            printf("%s crashed with signal %d\n", functions[i].name, WTERMSIG(status));
        else if (WEXITSTATUS(status))
            printf("%s crashed with status %d\n", functions[i].name, WEXITSTATUS(status));
    }
    return 0;
}

#endif

static const double f18_table[] = {-0.1943359375, -0.4677734375, -0.2412109375, -0.7802734375};
struct f18_s { double p; int k; double q[2]; double *r; };
struct f18_node { double v; int k; struct f18_node *next; };

static double f18(double *x, const double *table, int n) {
    double v0 = x[0], v1 = (0.0), result = (0.0);
    double u[8], t[4], *p = u, *q = x; int j = 1, k = 7, fuel = 9;
    for (int c = 0; c < 8; c++) u[c] = sin(x[c & 3]);
    for (int c = 0; c < 4; c++) t[c] = (0.5);
    struct f18_s s, both[2];
    s.p = x[1];
    s.k = 2; s.r = x; s.q[0] = v1; s.q[1] = v1;
    both[0] = both[1] = s;
    (void)v0, (void)q, (void)p, (void)k, (void)j, (void)fuel, (void)result;
    memmove(x, t, ((j) & 3) * sizeof(double));
}

extern void __enzyme_autodiff_f18(void *, int, double *, double *, int, const double *, int, int);
extern double __enzyme_fwddiff_f18(void *, int, double *, double *, int, const double *, int, int);

static double f18_primal(double *z) {
    double x[8];
    for (int i = 0; i < 8; i++) x[i] = (double)z[0 + i];
    double r = f18(x, f18_table, 2);
    for (int i = 0; i < 8; i++) z[0 + i] = x[i];
    return r;
}
#ifdef ORACLE_ONLY
#define f18_reverse NULL
#define f18_forward NULL
#else
static void f18_reverse(double *z, double *bz) {
    double x[8];
    for (int i = 0; i < 8; i++) x[i] = (double)z[0 + i];
    double bx[8];
    for (int i = 0; i < 8; i++) bx[i] = (double)bz[0 + i];
    __enzyme_autodiff_f18((void *)f18, enzyme_dup, x, bx, enzyme_const, f18_table, enzyme_const, 2);
    for (int i = 0; i < 8; i++) z[0 + i] = x[i];
    for (int i = 0; i < 8; i++) bz[0 + i] = bx[i];
    
}
static double f18_forward(double *z, double *dz) {
    double x[8];
    for (int i = 0; i < 8; i++) x[i] = (double)z[0 + i];
    double dx[8];
    for (int i = 0; i < 8; i++) dx[i] = (double)dz[0 + i];
    double r = __enzyme_fwddiff_f18((void *)f18, enzyme_dup, x, dx, enzyme_const, f18_table, enzyme_const, 2);
    for (int i = 0; i < 8; i++) z[0 + i] = x[i];
    for (int i = 0; i < 8; i++) dz[0 + i] = dx[i];
    return r;
}
#endif
extern int f18_oracle(double *z, double *dz, double *r, double *dr);
static const double f18_z[] = {0.5400390625, 0.0869140625, -0.2958984375, -0.4599609375, 0.7041015625, 0.7197265625, -0.5224609375, 0.6650390625};
static const struct random_function f18_checked = {
    "f18", 8, 0, f18_z, "\1\1\1\1\1\1\1\1", f18_primal,
    f18_reverse, f18_forward, f18_oracle,
};


int main(void) {
    static const struct random_function *const all[] = {&f18_checked};
    for (int i = 0; i < 1; i++) check_all(all[i], 1);
    return 0;
}
