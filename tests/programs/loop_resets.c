/* Loops that write here and there: their reverse sweeps read adjoints there and reset them, all of a block at once if
   each cell is met once. Cells that are met twice, or that are not written, keep what is theirs. */
#include "check.h"

enum { N = 8192, ROOM = 4 * N + 8 };

static double x[ROOM], dx[ROOM], y[ROOM], dy[ROOM], z[ROOM];
static int places[N];

static void scatter(int n, const int *restrict p, const double *restrict u, double *restrict v) {
    for (int i = 0; i < n; i++) v[p[i]] = u[i] * u[i];
}

/* Pairs, at places that are computed. */
static void pairs(int n, const double *restrict u, double *restrict v) {
    for (int i = 0, reversed = 0; i < n; i++) {
        v[2 * reversed] = u[2 * i];
        v[2 * reversed + 1] = u[2 * i + 1] * 3;
        int bit = n >> 1;
        for (; reversed & bit; bit >>= 1) reversed ^= bit;
        reversed |= bit;
    }
}

/* Pairs that may overlap. */
static void overlapping(int n, const int *restrict p, const double *restrict u, double *restrict v) {
    for (int i = 0; i < n; i++) {
        v[p[i]] = u[2 * i];
        v[p[i] + 1] = u[2 * i + 1];
    }
}

/* What is written in one iteration is read in another one. */
static void through(int n, const int *restrict p, const double *restrict u, double *restrict v) {
    for (int i = 0; i < n; i++) v[p[i]] = u[i] + 0.5 * v[p[(i + 1) % n]];
}

static void singles(int n, const long *restrict p, const float *restrict u, float *restrict v) {
    for (int i = 0; i < n; i++) v[p[i] - 3] = 2 * u[i];
}

static void transposed(int rows, int columns, const double *restrict u, double *restrict v) {
    for (int i = 0; i < rows * columns; i++) v[i % columns * rows + i / columns] = u[i];
}

/* A loop right behind another one, and one that does so again and again. */
static void twice(int n, const int *restrict p, const double *restrict u, double *restrict v, double *restrict w) {
    for (int i = 0; i < n; i++) v[p[i]] = u[i] * u[i];
    for (int i = 0; i < n; i++) w[p[i]] = u[i] * 3;
    for (int r = 0; r < 3; r++)
        for (int i = 0; i < n; i++) w[p[i]] = u[i] * (3 + r);
}

/* The seeds are z before and must be what `want` says behind. */
static void start(void) {
    for (int i = 0; i < ROOM; i++) {
        x[i] = 1 + 0.001 * (i % 977);
        y[i] = 0;
        dx[i] = 0.25;
        dy[i] = z[i] = 1 + i % 13;
    }
}

static void check_scatter(int n) {
    start();
    __enzyme_autodiff_void((void *)scatter, enzyme_const, n, enzyme_const, places, enzyme_dup, x, dx, enzyme_dup, y,
                           dy);
    for (int i = n; i-- > 0;) {
        CHECK_CLOSE(dx[i], 0.25 + 2 * x[i] * z[places[i]], 1e-13);
        z[places[i]] = 0;
    }
    for (int i = 0; i < ROOM; i++) CHECK_CLOSE(dy[i], z[i], 0);
}

static void check_overlapping(int n) {
    start();
    __enzyme_autodiff_void((void *)overlapping, enzyme_const, n, enzyme_const, places, enzyme_dup, x, dx, enzyme_dup,
                           y, dy);
    for (int i = n; i-- > 0;) {
        CHECK_CLOSE(dx[2 * i + 1], 0.25 + z[places[i] + 1], 1e-13);
        z[places[i] + 1] = 0;
        CHECK_CLOSE(dx[2 * i], 0.25 + z[places[i]], 1e-13);
        z[places[i]] = 0;
    }
    for (int i = 0; i < ROOM; i++) CHECK_CLOSE(dy[i], z[i], 0);
}

/* The first ones lie multiples of a page apart. */
static void permute(int n, int factor, int offset) {
    for (int i = 0; i < n; i++) places[i] = (i % 16 * (n / 16) + i / 16) * factor + offset;
}

static void check_others(void) {
    start();
    __enzyme_autodiff_void((void *)pairs, enzyme_const, N, enzyme_dup, x, dx, enzyme_dup, y, dy);
    for (int i = 0, bits = 13; i < N; i++) {
        int reversed = 0;
        for (int b = 0; b < bits; b++) reversed |= (i >> b & 1) << (bits - 1 - b);
        CHECK_CLOSE(dx[2 * i], 0.25 + z[2 * reversed], 1e-13);
        CHECK_CLOSE(dx[2 * i + 1], 0.25 + 3 * z[2 * reversed + 1], 1e-13);
    }
    for (int i = 0; i < ROOM; i++) CHECK_CLOSE(dy[i], i < 2 * N ? 0 : z[i], 0);

    permute(N, 1, 0);
    start();
    __enzyme_autodiff_void((void *)through, enzyme_const, N, enzyme_const, places, enzyme_dup, x, dx, enzyme_dup, y,
                           dy);
    for (int i = N; i-- > 0;) {
        double seed = z[places[i]];
        z[places[i]] = 0;
        CHECK_CLOSE(dx[i], 0.25 + seed, 1e-13);
        z[places[(i + 1) % N]] += 0.5 * seed;
    }
    for (int i = 0; i < ROOM; i++) CHECK_CLOSE(dy[i], z[i], 1e-13);

    static long far[2 * N];
    static float u[2 * N], du[2 * N], v[2 * N + 8], dv[2 * N + 8];
    for (int i = 0; i < 2 * N; i++) far[i] = i % 16 * (N / 8) + i / 16 + 5, u[i] = 1, du[i] = 0;
    for (int i = 0; i < 2 * N + 8; i++) dv[i] = 1 + i % 13;
    __enzyme_autodiff_void((void *)singles, enzyme_const, 2 * N, enzyme_const, far, enzyme_dup, u, du, enzyme_dup, v,
                           dv);
    for (int i = 0; i < 2 * N; i++) CHECK_CLOSE(du[i], 2 * (1 + (far[i] - 3) % 13), 1e-6);
    for (int i = 0; i < 2 * N + 8; i++) CHECK_CLOSE(dv[i], i >= 2 && i < 2 * N + 2 ? 0 : 1 + i % 13, 0);

    static double w[N], dw[N];
    for (int i = 0; i < N; i++) dw[i] = i % 5;
    start();
    __enzyme_autodiff_void((void *)twice, enzyme_const, N, enzyme_const, places, enzyme_dup, x, dx, enzyme_dup, y, dy,
                           enzyme_dup, w, dw);
    for (int i = 0; i < N; i++) CHECK_CLOSE(dx[i], 0.25 + 2 * x[i] * z[places[i]] + 5 * (places[i] % 5), 1e-13);
    for (int i = 0; i < N; i++) CHECK_CLOSE(dw[i], 0, 0);
    for (int i = 0; i < ROOM; i++) CHECK_CLOSE(dy[i], i < N ? 0 : z[i], 0);

    start();
    __enzyme_autodiff_void((void *)transposed, enzyme_const, 512, enzyme_const, 16, enzyme_dup, x, dx, enzyme_dup, y,
                           dy);
    for (int i = 0; i < 512 * 16; i++) CHECK_CLOSE(dx[i], 0.25 + z[i % 16 * 512 + i / 16], 1e-13);
    for (int i = 0; i < ROOM; i++) CHECK_CLOSE(dy[i], i < 512 * 16 ? 0 : z[i], 0);
}

int main(void) {
    if (!markers_work) return report();
    permute(N, 1, 0);
    check_scatter(N);
    check_scatter(N - 1); /* one cell is left out */
    check_scatter(0);
    check_scatter(1);
    check_scatter(100);
    permute(N, 1, 17);
    check_scatter(N);
    permute(N, 2, 1);
    check_scatter(N);
    permute(N, 1, 0);
    places[N / 3] = places[N / 4]; /* one is met twice, and another one not at all */
    check_scatter(N);
    permute(N, 1, 0);
    for (int i = 100; i < 200; i++) places[i] = -places[i] & (N - 1); /* and some of these */
    check_scatter(N);
    permute(N, 1, 0);
    for (int i = 0; i < N; i++) places[i] = places[i] / 2 * 2;
    check_scatter(N);
    permute(N, 2, 0);
    check_overlapping(N);
    permute(N, 2, 1);
    check_overlapping(N);
    places[100]++; /* an odd one between even ones */
    check_overlapping(N);
    places[100]--;
    places[N - 1] = places[N - 2]; /* twice, within the ends */
    check_overlapping(N);
    permute(N, 2, 0);
    for (int i = 0; i < N; i++)
        if (places[i] % 4 == 2) places[i]--; /* 0, 1, 4, 5, ... */
    check_overlapping(N);
    permute(N, 1, 0);
    check_overlapping(N);
    check_others();
    return report();
}
