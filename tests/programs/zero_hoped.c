/* levels: precise
   Zeros that meet infinities, NaN and kinks in long straight-line code and in loops that walk through
   structs, where enzcc hopes that none will; against the same by hand, with zeros that win. */
#include "check.h"

static int same(double got, double want) {
    if (isnan(want)) return isnan(got);
    if (isinf(want)) return got == want;
    return fabs(got - want) <= 1e-13 * (1 + fabs(want));
}

static double times(double d, double p) { return d == 0 ? 0 : d * p; }
static double over(double d, double p) { return d == 0 ? 0 : d / p; }
static double root(double x) { return x == 0 || isnan(x) ? 0 : 0.5 / sqrt(x); }

static double f(double x, double y, double z) {
    double r = sqrt(x), p = r * y, q = p / z, s = q * q * x;
    return s > 100 ? 1 : s * y + (x > 1 ? r * z : 0);
}

static struct three by_hand(double x, double y, double z) {
    double r = sqrt(x), p = r * y, q = p / z, s = q * q * x;
    double bs = s > 100 ? 0 : times(1, y), br = 0, bz = 0, by = s > 100 ? 0 : s, bx;
    double bt = s > 100 ? 0 : x > 1;
    br += times(bt, z), bz += times(bt, r);
    bx = times(bs, q * q);
    double bu = times(bs, x), bq = times(bu, q) + times(bu, q), t = over(bq, z);
    bz -= times(t, q);
    br += times(t, y), by += times(t, r);
    bx += times(br, root(x));
    return (struct three){bx, by, bz};
}

struct body { double place[3], weight; };

/* In memory: what the function returns itself would not be asked for if it were infinite. */
static void energy(int n, const struct body *b, double *out) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            double square = 0;
            for (int k = 0; k < 3; k++) {
                double d = b[i].place[k] - b[j].place[k];
                square += d * d;
            }
            sum += b[i].weight * b[j].weight * sqrt(square);
        }
    *out = sum;
}

static void energy_by_hand(int n, const struct body *b, struct body *db) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            double d[3], square = 0;
            for (int k = 0; k < 3; k++) d[k] = b[i].place[k] - b[j].place[k], square += d[k] * d[k];
            double r = sqrt(square), both = b[i].weight * b[j].weight;
            db[i].weight += times(r, b[j].weight), db[j].weight += times(r, b[i].weight);
            double bsquare = times(both, root(square));
            for (int k = 0; k < 3; k++) {
                double bd = 2 * times(bsquare, d[k]);
                db[i].place[k] += bd, db[j].place[k] -= bd;
            }
        }
}

/* Each step needs the one before, through memory; some are not asked for. */
static double steps(int n, const double *k, double *u, const double *w) {
    double sum = 0;
    for (int i = 1; i < n; i++) u[i] += k[i] * u[i - 1];
    for (int i = 0; i < n; i++)
        if (w[i] != 0) sum += w[i] * u[i];
    return sum;
}

static void steps_by_hand(int n, const double *k, double *u, const double *w, double *dk, double *du) {
    for (int i = 1; i < n; i++) u[i] += k[i] * u[i - 1];
    for (int i = 0; i < n; i++) du[i] += w[i];
    for (int i = n - 1; i > 0; i--) {
        dk[i] += times(du[i], u[i - 1]);
        du[i - 1] += times(du[i], k[i]);
    }
}

/* Two numbers that are added to and go into products as well; what comes last counts for one only. */
static double coupled(int n, const double *k, const double *w) {
    double s = 1, t = 1.5;
    for (int i = 0; i < n; i++) {
        double q = t * t + 1;
        s += k[i] * t / q;
        t += w[i] * s * s / q;
    }
    return s;
}

static void coupled_by_hand(int n, const double *k, const double *w, double *dk, double *dw) {
    double s[16] = {1}, t[16] = {1.5}, ds = 1, dt = 0;
    for (int i = 0; i < n; i++) {
        double q = t[i] * t[i] + 1;
        s[i + 1] = s[i] + k[i] * t[i] / q;
        t[i + 1] = t[i] + w[i] * s[i + 1] * s[i + 1] / q;
    }
    for (int i = n - 1; i >= 0; i--) {
        double q = t[i] * t[i] + 1, now = s[i + 1];
        double dp = over(dt, q), dq = times(-dp, w[i] * now * now / q);
        double dws = times(dp, now);
        dw[i] += times(dws, now);
        ds += times(dws, w[i]) + times(dp, w[i] * now);
        dp = over(ds, q), dq += times(-dp, k[i] * t[i] / q);
        dk[i] += times(dp, t[i]);
        dt += times(dp, k[i]) + times(dq, t[i]) + times(dq, t[i]);
    }
}

/* One derivative, often zero, goes into many products. */
static double rectified(int n, const double *restrict x, const double *restrict w) {
    double sum = 0;
    for (int i = 0; i + 2 < n; i++)
        for (int j = 0; j + 2 < n; j++) {
            double a = 0.1;
            for (int p = 0; p < 3; p++)
                for (int q = 0; q < 3; q++) a += w[3 * p + q] * x[(i + p) * n + j + q];
            a = a > 0 ? a : 0;
            sum += a < 1e6 ? a * a : 0;
        }
    return sum;
}

static void rectified_by_hand(int n, const double *x, const double *w, double *dx, double *dw) {
    for (int i = 0; i + 2 < n; i++)
        for (int j = 0; j + 2 < n; j++) {
            double a = 0.1;
            for (int k = 0; k < 9; k++) a += w[k] * x[(i + k / 3) * n + j + k % 3];
            double d = a > 0 && a < 1e6 ? 2 * a : 0;
            for (int k = 0; k < 9; k++) {
                dw[k] += times(d, x[(i + k / 3) * n + j + k % 3]);
                dx[(i + k / 3) * n + j + k % 3] += times(d, w[k]);
            }
        }
}

int main(void) {
    if (!markers_work) return report();
    static const double points[] = {0, -0.0, 1, -2, 3.5, 1e-200, 1e200, INFINITY, -INFINITY, NAN};
    for (int i = 0; i < LENGTH(points); i++)
        for (int j = 0; j < LENGTH(points); j++)
            for (int k = 0; k < LENGTH(points); k++) {
                double x = points[i], y = points[j], z = points[k];
                if (x < 0 || isnan(x) || isnan(y) || isnan(z)) continue;
                struct three got = __enzyme_autodiff_three((void *)f, x, y, z);
                struct three want = by_hand(x, y, z);
                if (same(got.a, want.a) && same(got.b, want.b) && same(got.c, want.c)) continue;
                printf("at %g %g %g: %g %g %g, want %g %g %g\n", x, y, z, got.a, got.b, got.c, want.a,
                       want.b, want.c);
                failures++;
            }

    enum { N = 7 };
    struct body b[N], db[N], want[N];
    for (int round = 0; round < 4; round++) {
        memset(db, 0, sizeof db);
        memset(want, 0, sizeof want);
        for (int i = 0; i < N; i++) {
            for (int k = 0; k < 3; k++) b[i].place[k] = (double)((i * 7 + k * 3) % 5) - 1.5;
            b[i].weight = i % 3; /* zero weights: nothing is asked of these places */
        }
        if (round > 0) memcpy(b[4].place, b[2].place, sizeof b[2].place); /* a distance of zero */
        if (round > 1) b[3].place[1] = INFINITY;
        if (round > 2) b[6].place[0] = NAN;
        double out, seed = 1;
        __enzyme_autodiff((void *)energy, enzyme_const, N, enzyme_dup, b, db, enzyme_dup, &out, &seed);
        energy_by_hand(N, b, want);
        for (int i = 0; i < 4 * N; i++) {
            double got = ((double *)db)[i], wanted = ((double *)want)[i];
            if (same(got, wanted)) continue;
            printf("round %d, number %d: %g, want %g\n", round, i, got, wanted);
            failures++;
        }
    }
    for (int round = 0; round < 5; round++) {
        double k[N], u[N], v[N], w[N], dk[2][N] = {0}, du[2][N] = {0};
        for (int i = 0; i < N; i++) k[i] = 0.5 + i % 3, v[i] = u[i] = 1.5 - i, w[i] = i < 4;
        if (round == 1) k[5] = INFINITY;
        if (round == 2) u[5] = v[5] = NAN, k[6] = 0;
        if (round == 3) k[3] = INFINITY;
        if (round == 4) k[2] = NAN, w[2] = w[3] = 0;
        __enzyme_autodiff((void *)steps, enzyme_const, N, enzyme_dup, k, dk[0], enzyme_dup, u, du[0],
                          enzyme_const, w);
        steps_by_hand(N, k, v, w, dk[1], du[1]);
        for (int i = 0; i < N; i++) {
            if (same(dk[0][i], dk[1][i]) && same(du[0][i], du[1][i])) continue;
            printf("steps %d, number %d: %g %g, want %g %g\n", round, i, dk[0][i], du[0][i], dk[1][i],
                   du[1][i]);
            failures++;
        }
    }
    for (int round = 0; round < 5; round++) {
        double k[N], w[N], dk[2][N] = {0}, dw[2][N] = {0};
        for (int i = 0; i < N; i++) k[i] = 0.5 - i % 3, w[i] = 0.25 * (i % 4) - 0.125;
        if (round == 1) w[N - 1] = INFINITY;
        if (round == 2) w[N - 1] = NAN, k[2] = 0;
        if (round == 3) w[N - 1] = -INFINITY, k[N - 1] = 0;
        if (round == 4) w[3] = 0;
        __enzyme_autodiff((void *)coupled, enzyme_const, N, enzyme_dup, k, dk[0], enzyme_dup, w, dw[0]);
        coupled_by_hand(N, k, w, dk[1], dw[1]);
        for (int i = 0; i < N; i++) {
            if (same(dk[0][i], dk[1][i]) && same(dw[0][i], dw[1][i])) continue;
            printf("coupled %d, number %d: %g %g, want %g %g\n", round, i, dk[0][i], dw[0][i], dk[1][i],
                   dw[1][i]);
            failures++;
        }
    }
    for (int round = 0; round < 4; round++) {
        enum { M = 9, ALL = M * M };
        double x[ALL], w[9], dx[2][ALL] = {0}, dw[2][9] = {0};
        for (int i = 0; i < ALL; i++) x[i] = i % 7 == 0 ? 0 : (i * 5 % 11) - 4.75;
        for (int k = 0; k < 9; k++) w[k] = k % 2 ? 0.5 : -0.25 * k;
        if (round == 1) x[12] = INFINITY; /* what it reaches is above what counts, or below */
        if (round == 2) x[3] = 1e300, x[40] = -1e300, w[5] = 0;
        if (round == 3) x[9] = NAN;
        __enzyme_autodiff((void *)rectified, enzyme_const, M, enzyme_dup, x, dx[0], enzyme_dup, w, dw[0]);
        rectified_by_hand(M, x, w, dx[1], dw[1]);
        for (int i = 0; i < ALL + 9; i++) {
            double got = i < ALL ? dx[0][i] : dw[0][i - ALL], want = i < ALL ? dx[1][i] : dw[1][i - ALL];
            if (same(got, want)) continue;
            printf("rectified %d, number %d: %g, want %g\n", round, i, got, want);
            failures++;
        }
    }
    return report();
}
