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

extern int enzyme_dup, enzyme_const, enzyme_out, enzyme_width, enzyme_dup_return, enzyme_scalar, enzyme_vector;
extern void __enzyme_autodiff_void(void *, ...), __enzyme_fwddiff_void(void *, ...);

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

enum { MAX_Z = 32, MAX_LANES = 5 };

/* z is all active memory and all scalars; r the result. The oracle also says if it is undecided. */
struct random_function {
    const char *name;
    int n, is_single, lanes;
    const double *z;
    const char *is_active; /* by element of z */
    double (*primal)(double *z);
    void (*reverse)(double *z, double (*bz)[MAX_Z]);
    void (*forward)(double *z, double (*dz)[MAX_Z]); /* and the tangents of r behind those of z */
    int (*oracle)(double *z, double *dz, double *r, double *dr);
    const char *order; /* of modes in `second`, "" if there is none */
    void (*second)(double *z, double *tz, double (*d)[MAX_Z], double (*td)[MAX_Z]);
    int (*oracle2)(double *z, double *d, double *e, double *x); /* with r behind */
};

enum { OK = 0, WRONG = 1, UNDECIDED = 2 };

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

static double seed_of(int i, int lane) { return 0.375 + 0.25 * ((i + lane) % 5) - 0.5 * (i % 3); }

static double direction_of(const struct random_function *f, int i, int lane) {
    return f->is_active[i] ? 0.5 + 0.125 * ((i + 3 * lane) % 7) - 0.75 * (i % 2) : 0;
}

static int check_forward(const struct random_function *f, double nudge) {
    double z[MAX_Z], got[MAX_LANES][MAX_Z];
    double after[MAX_LANES][MAX_Z], tangent[MAX_LANES][MAX_Z];
    double near_after[MAX_LANES][MAX_Z], near_tangent[MAX_LANES][MAX_Z];
    int status, n = f->n;
    for (int v = 0; v < f->lanes; v++) {
        for (int i = 0; i < n; i++) got[v][i] = direction_of(f, i, v);
        if (ask(f, 0, got[v], after[v], tangent[v])) return UNDECIDED;
        if (ask(f, nudge, got[v], near_after[v], near_tangent[v])) return UNDECIDED;
    }
    memcpy(z, f->z, n * sizeof *z);
    z[n] = f->primal(z);
    if ((status = compare(f, "primal", z, after[0], near_after[0], n + 1))) return status;
#ifndef ORACLE_ONLY
    memcpy(z, f->z, n * sizeof *z);
    f->forward(z, got);
    z[n] = after[0][n];
    if ((status = compare(f, "primal of forward", z, after[0], near_after[0], n + 1))) return status;
    for (int v = 0; v < f->lanes; v++)
        if ((status = compare(f, "tangent", got[v], tangent[v], near_tangent[v], n + 1))) return status;
#else
    /* the oracle itself against differences */
    double h = 1e-5, one[MAX_Z], two[MAX_Z];
    for (int i = 0; i < n; i++) {
        one[i] = f->z[i] + h * direction_of(f, i, 0);
        two[i] = f->z[i] - h * direction_of(f, i, 0);
    }
    one[n] = f->primal(one);
    two[n] = f->primal(two);
    for (int i = 0; i <= n && !f->is_single; i++) {
        double slope = (one[i] - two[i]) / (2 * h);
        if (fabs(slope - tangent[0][i]) > 1e-5 * (1 + fabs(tangent[0][i]))) {
            printf("%s differs tangent[%d] is %.17g by differences, %.17g by duals\n", f->name, i, slope,
                   tangent[0][i]);
            return UNDECIDED;
        }
    }
#endif
    return OK;
}

static int check_reverse(const struct random_function *f, double nudge) {
    double z[MAX_Z], got[MAX_LANES][MAX_Z], want[MAX_LANES][MAX_Z], nearby[MAX_LANES][MAX_Z];
    double after[MAX_Z], tangent[MAX_Z], near_after[MAX_Z], near_tangent[MAX_Z];
    int status, n = f->n;
    for (int i = 0; i < n; i++) {
        double unit[MAX_Z] = {0};
        unit[i] = f->is_active[i];
        if (ask(f, 0, unit, after, tangent) || ask(f, nudge, unit, near_after, near_tangent))
            return UNDECIDED;
        for (int v = 0; v < f->lanes; v++) {
            got[v][i] = seed_of(i, v);
            want[v][i] = tangent[n], nearby[v][i] = near_tangent[n];
            for (int j = 0; j < n; j++) {
                want[v][i] += seed_of(j, v) * tangent[j];
                nearby[v][i] += seed_of(j, v) * near_tangent[j];
            }
        }
    }
    memcpy(z, f->z, n * sizeof *z);
    f->reverse(z, got);
    z[n] = after[n];
    if ((status = compare(f, "primal of reverse", z, after, near_after, n + 1))) return status;
    for (int v = 0; v < f->lanes; v++) {
        for (int i = 0; i < n; i++)
            if (!f->is_active[i]) got[v][i] = want[v][i] = nearby[v][i] = 0;
        if ((status = compare(f, "gradient", got[v], want[v], nearby[v], n))) return status;
    }
    return OK;
}

/* x: the derivatives of (z after, r) in the directions d and e. */
static int ask_twice(const struct random_function *f, double nudge, const double *d0, const double *e0,
                     double *x) {
    double z[MAX_Z], d[MAX_Z], e[MAX_Z];
    for (int i = 0; i < f->n; i++) {
        z[i] = f->z[i] * (1 + nudge * (i % 2 ? 1 : -0.7));
        d[i] = d0[i], e[i] = e0[i];
    }
    return f->oracle2(z, d, e, x);
}

static double outer_of(const struct random_function *f, int i) {
    return f->is_active[i] ? 0.75 - 0.25 * ((i + 2) % 5) : 0;
}

/* The gradient of (w . gradient + t . z after): by z, and by the seeds of the inner gradient. */
static int check_reverse_twice(const struct random_function *f) {
    double nudge = 1e-13, z[MAX_Z], tz[MAX_Z], d[MAX_LANES][MAX_Z], td[MAX_LANES][MAX_Z];
    double want[MAX_Z] = {0}, nearby[MAX_Z] = {0}, x[MAX_Z], near_x[MAX_Z], w[MAX_LANES][MAX_Z];
    double after[MAX_Z], slope[MAX_Z], near_slope[MAX_Z];
    int status, n = f->n;
    memcpy(z, f->z, n * sizeof *z);
    for (int i = 0; i < n; i++) {
        tz[i] = outer_of(f, i);
        for (int v = 0; v < f->lanes; v++)
            d[v][i] = seed_of(i, v), td[v][i] = w[v][i] = direction_of(f, i, v);
    }
    for (int i = 0; i < n; i++) {
        double unit[MAX_Z] = {0};
        unit[i] = f->is_active[i];
        if (ask(f, 0, unit, after, slope) || ask(f, nudge, unit, after, near_slope)) return UNDECIDED;
        for (int j = 0; j < n; j++) want[i] += outer_of(f, j) * slope[j], nearby[i] += outer_of(f, j) * near_slope[j];
        for (int v = 0; v < f->lanes; v++) {
            if (ask_twice(f, 0, unit, w[v], x) || ask_twice(f, nudge, unit, w[v], near_x)) return UNDECIDED;
            for (int j = 0; j <= n; j++) {
                double seed = j == n ? 1 : seed_of(j, v);
                want[i] += seed * x[j], nearby[i] += seed * near_x[j];
            }
        }
    }
    f->second(z, tz, d, td);
    for (int i = 0; i < n; i++)
        if (!f->is_active[i]) tz[i] = want[i] = nearby[i] = 0;
    if ((status = compare(f, f->order, tz, want, nearby, n))) return status;
    for (int v = 0; v < f->lanes; v++) {
        if (ask(f, 0, w[v], after, slope) || ask(f, nudge, w[v], after, near_slope)) return UNDECIDED;
        for (int i = 0; i < n; i++)
            if (!f->is_active[i]) td[v][i] = slope[i] = near_slope[i] = 0;
        if ((status = compare(f, "reverse over reverse, by seeds", td[v], slope, near_slope, n))) return status;
    }
    return OK;
}

/* Second derivatives: the tangent of a gradient, the tangent of tangents, the gradient of tangents. */
static int check_second(const struct random_function *f) {
    if (strcmp(f->order, "reverse over reverse") == 0) return check_reverse_twice(f);
    double nudge = 1e-13, z[MAX_Z], tz[MAX_Z], d[MAX_LANES][MAX_Z], td[MAX_LANES][MAX_Z] = {{0}};
    double want[MAX_LANES][MAX_Z] = {{0}}, nearby[MAX_LANES][MAX_Z] = {{0}}, x[MAX_Z], near_x[MAX_Z];
    double inner[MAX_Z], outer[MAX_Z];
    int status, n = f->n, tangents = strcmp(f->order, "forward over forward") == 0;
    int adjoints = strcmp(f->order, "reverse over forward") == 0;
    memcpy(z, f->z, n * sizeof *z);
    for (int i = 0; i < n; i++) tz[i] = adjoints ? 0 : outer_of(f, i);
    for (int v = 0; v < f->lanes; v++) {
        for (int i = 0; i < n; i++) {
            d[v][i] = tangents || adjoints ? direction_of(f, i, v) : seed_of(i, v);
            inner[i] = direction_of(f, i, v), outer[i] = outer_of(f, i);
        }
        if (tangents) {
            if (ask_twice(f, 0, inner, outer, want[v]) || ask_twice(f, nudge, inner, outer, nearby[v]))
                return UNDECIDED;
            continue;
        }
        if (adjoints)
            for (int i = 0; i <= n; i++) td[v][i] = seed_of(i, v);
        for (int i = 0; i < n; i++) {
            double unit[MAX_Z] = {0};
            int row = adjoints ? 0 : v;
            unit[i] = f->is_active[i];
            if (ask_twice(f, 0, unit, adjoints ? inner : outer, x)) return UNDECIDED;
            if (ask_twice(f, nudge, unit, adjoints ? inner : outer, near_x)) return UNDECIDED;
            for (int j = 0; j <= n; j++) {
                double seed = !adjoints && j == n ? 1 : seed_of(j, v);
                want[row][i] += seed * x[j], nearby[row][i] += seed * near_x[j];
            }
        }
    }
    f->second(z, tz, d, td);
    if (adjoints) {
        for (int i = 0; i < n; i++)
            if (!f->is_active[i]) tz[i] = want[0][i] = nearby[0][i] = 0;
        return compare(f, f->order, tz, want[0], nearby[0], n);
    }
    for (int v = 0; v < f->lanes; v++) {
        for (int i = 0; i < n; i++)
            if (!f->is_active[i]) td[v][i] = want[v][i] = nearby[v][i] = 0;
        if ((status = compare(f, f->order, td[v], want[v], nearby[v], n + tangents))) return status;
    }
    return OK;
}

static int check(const struct random_function *f) {
    double nudge = f->is_single ? 3e-7 : 1e-13;
    int status = check_forward(f, nudge);
#ifdef ORACLE_ONLY
    return status;
#endif
    if (!status) status = check_reverse(f, nudge);
    return status || !*f->order ? status : check_second(f);
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
