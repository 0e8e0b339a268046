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


struct f29_s { double p; int k; double q[2]; double *r; };
struct f29_node { double v; int k; struct f29_node *next; };

static double f29(double *x, double *y, int n) {
    double v0 = x[0], v1 = (0.125), result = (0.125);
    double u[8], t[4], *p = u, *q = x; int j = 1, k = 2, fuel = 9;
    for (int c = 0; c < 8; c++) u[c] = sin(x[c & 3]);
    for (int c = 0; c < 4; c++) t[c] = (-1.5);
    struct f29_s s, both[2];
    s.p = x[1];
    s.k = 2; s.r = x; s.q[0] = v1; s.q[1] = v1;
    both[0] = both[1] = s;
    (void)v0, (void)q, (void)p, (void)k, (void)j, (void)fuel, (void)result;
    memmove(y, t, ((j) & 3) * sizeof(double));
}

extern void __enzyme_autodiff_f29(void *, int, double *, double *, int, double *, double *, int, int);
extern double __enzyme_fwddiff_f29(void *, int, double *, double *, int, double *, double *, int, int);

static double f29_primal(double *z) {
    double x[4];
    for (int i = 0; i < 4; i++) x[i] = (double)z[0 + i];
    double y[4];
    for (int i = 0; i < 4; i++) y[i] = (double)z[4 + i];
    double r = f29(x, y, 0);
    for (int i = 0; i < 4; i++) z[0 + i] = x[i];
    for (int i = 0; i < 4; i++) z[4 + i] = y[i];
    return r;
}
#ifdef ORACLE_ONLY
#define f29_reverse NULL
#define f29_forward NULL
#else
static void f29_reverse(double *z, double *bz) {
    double x[4];
    for (int i = 0; i < 4; i++) x[i] = (double)z[0 + i];
    double bx[4];
    for (int i = 0; i < 4; i++) bx[i] = (double)bz[0 + i];
    double y[4];
    for (int i = 0; i < 4; i++) y[i] = (double)z[4 + i];
    double by[4];
    for (int i = 0; i < 4; i++) by[i] = (double)bz[4 + i];
    __enzyme_autodiff_f29((void *)f29, enzyme_dup, x, bx, enzyme_dup, y, by, enzyme_const, 0);
    for (int i = 0; i < 4; i++) z[0 + i] = x[i];
    for (int i = 0; i < 4; i++) bz[0 + i] = bx[i];
    for (int i = 0; i < 4; i++) z[4 + i] = y[i];
    for (int i = 0; i < 4; i++) bz[4 + i] = by[i];
    
}
static double f29_forward(double *z, double *dz) {
    double x[4];
    for (int i = 0; i < 4; i++) x[i] = (double)z[0 + i];
    double dx[4];
    for (int i = 0; i < 4; i++) dx[i] = (double)dz[0 + i];
    double y[4];
    for (int i = 0; i < 4; i++) y[i] = (double)z[4 + i];
    double dy[4];
    for (int i = 0; i < 4; i++) dy[i] = (double)dz[4 + i];
    double r = __enzyme_fwddiff_f29((void *)f29, enzyme_dup, x, dx, enzyme_dup, y, dy, enzyme_const, 0);
    for (int i = 0; i < 4; i++) z[0 + i] = x[i];
    for (int i = 0; i < 4; i++) dz[0 + i] = dx[i];
    for (int i = 0; i < 4; i++) z[4 + i] = y[i];
    for (int i = 0; i < 4; i++) dz[4 + i] = dy[i];
    return r;
}
#endif
extern int f29_oracle(double *z, double *dz, double *r, double *dr);
static const double f29_z[] = {1.1416015625, 1.1728515625, -0.1005859375, -0.9052734375, 0.1259765625, 0.3212890625, 0.4072265625, -1.1787109375};
static const struct random_function f29_checked = {
    "f29", 8, 0, f29_z, "\1\1\1\1\1\1\1\1", f29_primal,
    f29_reverse, f29_forward, f29_oracle,
};


int main(void) {
    static const struct random_function *const all[] = {&f29_checked};
    for (int i = 0; i < 1; i++) check_all(all[i], 1);
    return 0;
}
