// levels: precise
/* Stencils of several rows, whose reverse may gather across rows: every shape, borders of all kinds,
   arrays that overlap, so that it may not; n is the number of rows times 64, plus their length. */
#define NUMBERS 1200
#include "overlap.h"

#define ROWS int h = n >> 6, w = n & 63
#define X(i, j) x[(i) * w + (j)]
#define Y(i, j) y[(i) * w + (j)]
#define INSIDE(k)                                                                                  \
    for (int i = k; i < h - k; i++)                                                                \
        for (int j = k; j < w - k; j++)

NOINLINE static void five(int n, const double *x, double *y) {
    ROWS;
    INSIDE(1) Y(i, j) = 0.125 * (X(i, j) + 0.2 * (X(i - 1, j) + X(i + 1, j) + X(i, j - 1) + X(i, j + 1) - 4 * X(i, j)));
}

NOINLINE static void nine(int n, const double *x, double *y) { /* each with its own factor */
    ROWS;
    INSIDE(1)
    Y(i, j) = 0.125 * (0.5 * X(i - 1, j - 1) - X(i - 1, j) + 0.25 * X(i - 1, j + 1) + 2 * X(i, j - 1) +
              sin(X(i, j)) - 0.75 * X(i, j + 1) + 0.125 * X(i + 1, j - 1) + X(i + 1, j) - 1.5 * X(i + 1, j + 1));
}

NOINLINE static void upwind(int n, const double *x, double *y) {
    ROWS;
    INSIDE(1) Y(i, j) = 0.125 * (sin(X(i, j)) - 0.5 * X(i - 1, j) - 0.25 * X(i, j - 1));
}

NOINLINE static void downwind(int n, const double *x, double *y) { /* only rows further on, and own */
    ROWS;
    for (int i = 0; i + 2 < h; i++)
        for (int j = 0; j < w; j++) Y(i, j) = 0.125 * (sin(X(i, j)) - 0.5 * X(i + 1, j) - 0.25 * X(i + 2, j));
}

NOINLINE static void far(int n, const double *x, double *y) {
    ROWS;
    INSIDE(2)
    Y(i, j) = 0.125 * (X(i - 2, j) + 3 * X(i + 2, j) - X(i, j - 2) + 2 * X(i, j + 2) + 0.5 * X(i - 1, j) -
              X(i + 1, j) + 0.25 * X(i, j + 1) + sin(X(i, j)));
}

NOINLINE static void clamped(int n, const double *x, double *y) {
    ROWS;
    for (int i = 0; i < h; i++) {
        int above = i == 0 ? i : i - 1, below = i == h - 1 ? i : i + 1;
        for (int j = 0; j < w; j++) {
            int left = j == 0 ? j : j - 1, right = j == w - 1 ? j : j + 1;
            Y(i, j) += 0.125 * (X(above, j) - 0.5 * X(below, j) + 0.25 * X(i, left) + 2 * X(i, right) - sin(X(i, j)));
        }
    }
}

NOINLINE static void compared(int n, const double *x, double *y) { /* the same borders, said otherwise */
    ROWS;
    for (int i = 0; i < h; i++) {
        int above = i > 0 ? i - 1 : 0, below = i < h - 1 ? i + 1 : i;
        for (int j = 0; j < w; j++) {
            int left = j >= 1 ? j - 1 : j, right = j + 1 < w ? j + 1 : j;
            Y(i, j) = 0.125 * (X(above, j) - 0.5 * X(below, j) + X(i, left) + 2 * X(i, right) - sin(X(i, j)));
        }
    }
}

#define LAPLACE(above, below, left, right)                                                         \
    0.125 * (X(above, j) + X(below, j) + 0.5 * X(i, left) + 2 * X(i, right) - X(i, j) * X(i, j))

NOINLINE static void closed(int n, const double *restrict x, double *restrict y) { /* the border gives to itself */
    ROWS;
    for (int i = 0; i < h; i++) {
        int above = i == 0 ? i : i - 1, below = i == h - 1 ? i : i + 1;
        for (int j = 0; j < w; j++) {
            int left = j == 0 ? j : j - 1, right = j == w - 1 ? j : j + 1;
            Y(i, j) += LAPLACE(above, below, left, right);
        }
    }
}

NOINLINE static void closed_box(int n, const double *restrict x, double *restrict y) {
    ROWS;
    for (int i = 0; i < h; i++) {
        int above = i > 0 ? i - 1 : 0, below = i < h - 1 ? i + 1 : i;
        for (int j = 0; j < w; j++) {
            int left = j > 0 ? j - 1 : 0, right = j < w - 1 ? j + 1 : j;
            Y(i, j) = LAPLACE(above, below, left, right) + 0.25 * (X(above, left) + X(below, left)) -
                      0.75 * (X(above, right) + X(below, right));
        }
    }
}

NOINLINE static void reflected(int n, const double *restrict x, double *restrict y) { /* at the border, and at one only */
    ROWS;
    for (int i = 0; i < h; i++) {
        int above = i == 0 ? i + 1 : i - 1, below = i == h - 1 ? i - 1 : i + 1;
        for (int j = 0; j < w; j++) {
            int left = j == 0 ? 1 : j - 1, right = j == w - 1 ? j : j + 1;
            Y(i, j) = LAPLACE(above, below, left, right);
        }
    }
}

NOINLINE static void half_closed(int n, const double *restrict x, double *restrict y) {
    ROWS;
    for (int i = 0; i < h - 1; i++) {
        int above = i == 0 ? i : i - 1;
        for (int j = 1; j < w - 1; j++) Y(i, j) = LAPLACE(above, i + 1, j - 1, j + 1);
    }
}

NOINLINE static void ring(int n, const double *restrict x, double *restrict y) {
    ROWS;
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++) Y(i, j) = LAPLACE((i + h - 1) % h, (i + 1) % h, (j + w - 1) % w, (j + 1) % w);
}

NOINLINE static void guarded(int n, const double *restrict x, double *restrict y) { /* by what divides in it: it ended by SIGFPE */
    ROWS;
    int period = w % 2 ? h - h / 9 : 0;
    for (int i = 0; i < h; i++)
        if (period > 0) {
            int above = (i + period - 1) % period, below = (i + 1) % period;
            for (int j = 0; j < w; j++) Y(i, j) = 0.25 * (X(above, j) + X(below, j)) - X(i, j) * X(i, j);
        }
}

NOINLINE static void half(int n, const double *x, double *y) { /* not only at the border */
    ROWS;
    for (int i = 1; i < h - 1; i++)
        for (int j = 1; j < w - 1; j++) {
            int left = j < w / 2 ? j - 1 : j + 1, below = i > 3 ? i + 1 : i - 1;
            Y(i, j) = 0.25 * (X(i, left) - 0.5 * X(below, j) + X(i - 1, j));
        }
}

NOINLINE static void torus(int n, const double *x, double *y) {
    ROWS;
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++)
            Y(i, j) = 0.125 * (X((i + 1) % h, j) - 0.5 * X((i + h - 1) % h, j) + X(i, (j + 1) % w) +
                      0.25 * X(i, (j + w - 1) % w) - sin(X(i, j)));
}

NOINLINE static void factor(int n, const double *x, double *y) { /* that is active itself */
    ROWS;
    double a = 0.5 * sin(x[0]), b = 1 / (1 + x[1]);
    INSIDE(1)
    Y(i, j) = 0.125 * (a * (X(i - 1, j) + X(i + 1, j) + X(i, j - 1) + X(i, j + 1) - 4 * X(i, j)) +
              sin(X(i, j)) * b + (X(i + 1, j) - X(i - 1, j)) / (3 + a));
}

NOINLINE static void pairs(int n, const double *x, double *y) { /* two numbers side by side */
    ROWS;
    int m = w / 2;
    for (int i = 1; i < h - 1; i++)
        for (int j = 1; j < m - 1; j++) {
            const double *u = &x[(i * m + j) * 2];
            double *f = &y[(i * m + j) * 2], r = sin(u[0]) * cos(u[1]);
            f[0] = 0.125 * (u[-2 * m] + u[2 * m] + u[-2] + u[2] - 4 * u[0] + r);
            f[1] = 0.0625 * (u[1 - 2 * m] + u[1 + 2 * m] + u[-1] + u[3] - 4 * u[1]) - r;
        }
}

NOINLINE static void backward(int n, const double *x, double *y) {
    ROWS;
    for (int i = h - 2; i > 0; i--)
        for (int j = w - 2; j > 0; j--) Y(i, j) = 0.125 * (0.5 * X(i - 1, j) - X(i + 1, j) + 2 * X(i, j + 1) + sin(X(i, j)));
}

NOINLINE static void turned(int n, const double *x, double *y) { /* rows become columns */
    ROWS;
    INSIDE(1) y[j * h + i] = 0.125 * (0.5 * X(i - 1, j) - X(i + 1, j) + 2 * X(i, j + 1) - X(i, j - 1));
}

NOINLINE static void products(int n, const double *x, double *y) { /* of neighbours */
    ROWS;
    INSIDE(1) Y(i, j) = 0.125 * (X(i - 1, j) * X(i + 1, j) + 0.5 * X(i, j - 1) - X(i, j + 1) * X(i, j));
}

NOINLINE static void in_place(int n, const double *x, double *y) {
    ROWS;
    for (int i = 0; i < h * w; i++) y[i] = x[i];
    INSIDE(1) Y(i, j) += 0.125 * (0.2 * (Y(i - 1, j) + Y(i + 1, j) + Y(i, j - 1) + Y(i, j + 1) - 4 * Y(i, j)));
}

NOINLINE static void overlapping_rows(int n, const double *x, double *y) {
    ROWS;
    INSIDE(1) y[4 * i + j] = 0.125 * (X(i - 1, j) + 0.5 * X(i + 1, j) - X(i, j + 1) + X(i, j));
}

NOINLINE static void overlapping_reads(int n, const double *x, double *y) {
    ROWS;
    INSIDE(1) Y(i, j) = 0.125 * (x[3 * (i - 1) + j] + 0.5 * x[3 * (i + 1) + j] - sin(x[3 * i + j]));
}

NOINLINE static void fixed_rows(int n, const double *x, double *y) {
    int h = n >> 6;
    const double(*from)[16] = (const double(*)[16])x;
    double(*to)[16] = (double(*)[16])y;
    for (int i = 1; i < h - 1; i++)
        for (int j = 1; j < 15; j++)
            to[i][j] = 0.125 * (from[i - 1][j] - 0.5 * from[i + 1][j] + 2 * from[i][j - 1] - from[i][j + 1]);
}

NOINLINE static void steps(int n, const double *x, double *y) { /* buffers that change places */
    ROWS;
    double one[400], two[400], *from = one, *to = two;
    for (int i = 0; i < h * w; i++) from[i] = to[i] = x[i];
    for (int t = 0; t < 3; t++) {
        INSIDE(1)
        to[i * w + j] = 0.125 * (from[i * w + j] + 0.2 * (from[(i - 1) * w + j] + from[(i + 1) * w + j] +
                                                 from[i * w + j - 1] + from[i * w + j + 1]));
        double *other = from;
        from = to, to = other;
    }
    for (int i = 0; i < h * w; i++) y[i] = from[i] * from[i];
}

NOINLINE static void planes(int n, const double *x, double *y) { /* 3 of them */
    int h = (n >> 6) / 3, w = n & 63;
    for (int k = 1; k < 2; k++)
        for (int i = 1; i < h - 1; i++)
            for (int j = 1; j < w - 1; j++) {
                int c = (k * h + i) * w + j;
                y[c] = 0.125 * (x[c - h * w] + x[c + h * w] + x[c - w] - 0.5 * x[c + w] + x[c - 1] + 2 * x[c + 1] - sin(x[c]));
            }
}

NOINLINE static void singles(int n, const double *x, double *y) {
    ROWS;
    float from[400] = {0}, to[400] = {0};
    for (int i = 0; i < h * w; i++) from[i] = (float)x[i];
    INSIDE(1)
    to[i * w + j] = 0.125f * (0.25f * from[(i - 1) * w + j] - from[(i + 1) * w + j] + from[i * w + j + 1] * 0.5f);
    for (int i = 0; i < h * w; i++) y[i] = to[i];
}

NOINLINE static void rows_of_their_own(int n, const double *x, double *y) { /* factors by row */
    ROWS;
    INSIDE(1) Y(i, j) = 0.125 * (x[i] * (X(i - 1, j) + X(i + 1, j)) + 0.5 / i * X(i, j - 1) + 1.0 / j * X(i, j + 1));
}

NOINLINE static void pointed(int n, const double *restrict x, double *restrict y) { /* rows by pointer */
    ROWS;
    INSIDE(1) {
        const double *p = x + i * w + j;
        double *q = y + i * w + j;
        double a = p[-w + 1] + 2 * p[1] + p[w + 1] - p[-w - 1] - 2 * p[-1] - p[w - 1];
        double b = p[w - 1] + 2 * p[w] + p[w + 1] - p[-w - 1] - 2 * p[-w] - p[1 - w];
        q[0] = 0.125 * sin(a) * b - 0.25 * q[-1] * a;
    }
}

enum { RESTRICTED = 22 }; /* from here on arrays may not overlap */
typedef void stencil(int, const double *, double *);
static stencil *const stencils[] = {
    five,     nine,     upwind,           downwind,          far,        clamped, torus,  factor,  pairs,   backward, turned,
    products, in_place, overlapping_rows, overlapping_reads, fixed_rows, steps,   planes, singles, rows_of_their_own, compared, half,
    closed,   closed_box, reflected, half_closed, ring, guarded, pointed};

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, five) CASE(1, nine) CASE(2, upwind) CASE(3, downwind) CASE(4, far)
        CASE(5, clamped) CASE(6, torus) CASE(7, factor) CASE(8, pairs) CASE(9, backward)
        CASE(10, turned) CASE(11, products) CASE(12, in_place) CASE(13, overlapping_rows)
        CASE(14, overlapping_reads) CASE(15, fixed_rows) CASE(16, steps) CASE(17, planes)
        CASE(18, singles) CASE(19, rows_of_their_own) CASE(20, compared) CASE(21, half)
        CASE(22, closed) CASE(23, closed_box) CASE(24, reflected) CASE(25, half_closed) CASE(26, ring) CASE(27, guarded) CASE(28, pointed)
    }
}

/* Zero wins over a factor that is infinite; an infinite seed goes where it belongs, and nowhere else. */
static void infinite(void) {
    enum { H = 9, W = 20 };
    double z[2 * H * W], shadow[2 * H * W];
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < 2 * H * W; i++) z[i] = 1, shadow[i] = 0;
        z[1] = turn ? 1 : -1;
        shadow[H * W + 4 * W + 7] = turn ? INFINITY : 1;
        if (!markers_work) return;
        __enzyme_autodiff_void((void *)factor, enzyme_const, H * 64 + W, enzyme_dup, z, shadow,
                               enzyme_dup, z + H * W, shadow + H * W);
        for (int i = 2; i < H * W; i++) {
            int down = abs(i / W - 4), right = abs(i % W - 7);
            CHECK_TRUE(isfinite(shadow[i]) || down + right <= 1);
            CHECK_TRUE(shadow[i] == 0 || down + right <= 1);
        }
    }
}

/* Rows 512 numbers apart get in each other's way in the cache: then sums, as the adjoint of a[0], are added up
   by a loop of their own. The result is that of rows which lie 513 numbers apart, where they are not. */
enum { HEIGHT = 7, WIDTH = 510 };
#define U(i, j) u[(i) * step + (j)]
#define V(i, j) v[(i) * step + (j)]
NOINLINE static void coupled(int rows, int width, int step, const double *a, const double *restrict u, const double *restrict v,
                             double *restrict f, double *restrict g) {
    double c = a[0];
    for (int i = 1; i < rows - 1; i++)
        for (int j = 0; j < width; j++) {
            int left = j == 0 ? j : j - 1, right = j == width - 1 ? j : j + 1;
            double here = U(i, j), there = V(i, j), r = here * there;
            f[i * step + j] = c * (U(i - 1, j) + U(i + 1, j) + U(i, left) + U(i, right) - 4 * here) + r;
            g[i * step + j] = c * (V(i - 1, j) + V(i + 1, j) + V(i, left) + V(i, right)) - r;
        }
}

static void crowded(void) {
    static double a = 0.25, x[4][HEIGHT * 513], shadow[2][4][HEIGHT * 513], da[2];
    if (!markers_work) return;
    for (int turn = 0; turn < 2; turn++) {
        int step = 512 + turn;
        for (int k = 0; k < 4; k++)
            for (int i = 0; i < HEIGHT; i++)
                for (int j = 0; j < WIDTH; j++) {
                    x[k][i * step + j] = sin(k + 3 * i + 7 * j);
                    shadow[turn][k][i * step + j] = k < 2 ? 0 : cos(k + 2 * i + 5 * j);
                }
        double(*d)[HEIGHT * 513] = shadow[turn];
        __enzyme_autodiff_void((void *)coupled, enzyme_const, HEIGHT, enzyme_const, WIDTH, enzyme_const, step, enzyme_dup, &a, &da[turn], enzyme_dup, x[0], d[0],
                               enzyme_dup, x[1], d[1], enzyme_dupnoneed, x[2], d[2], enzyme_dupnoneed, x[3], d[3]);
    }
    CHECK_CLOSE(da[0], da[1], 1e-12);
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < HEIGHT; i++)
            for (int j = 0; j < WIDTH; j++)
                CHECK_CLOSE(shadow[0][k][i * 512 + j], shadow[1][k][i * 513 + j], 1e-12);
}

int main(void) {
    static const int shapes[][2] = {{3, 20}, {4, 8}, {6, 8}, {6, 10}, {6, 11}, {7, 12}, {8, 14}, {9, 20}, {12, 17}, {15, 24}, {30, 9}};
    static const int distances[] = {0, 1, 17, 100, 360, 400, 700};
    for (int which = 0; which < LENGTH(stencils); which++)
        for (int s = 0; s < LENGTH(shapes); s++)
            for (int d = 0; d < LENGTH(distances); d++)
                if (which < RESTRICTED || distances[d] >= shapes[s][0] * shapes[s][1])
                    compare(which, shapes[s][0] * 64 + shapes[s][1], distances[d], stencils[which] == singles ? 1e-5 : 1e-11);
    infinite();
    crowded();
    return report();
}
