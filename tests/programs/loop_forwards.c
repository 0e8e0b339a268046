/* Loops whose reverse may run forward: stencils with and without clamped borders, numbers side by
   side, strides; arrays that overlap, so that it may not; every length from none on. */
#include "overlap.h"

NOINLINE static void three(int n, const double *x, double *y) {
    for (int i = 1; i + 1 < n; i++) y[i] = 0.25 * x[i - 1] + sin(x[i]) * 0.5 + x[i + 1] * x[i];
}

NOINLINE static void clamped(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        int left = i == 0 ? i : i - 1, right = i == n - 1 ? i : i + 1;
        y[i] += 0.25 * sin(x[left] * x[i]) - 0.5 * x[i] + 0.25 * x[right];
    }
}

NOINLINE static void periodic(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        int left = i > 0 ? i - 1 : n - 1, right = i + 1 < n ? i + 1 : 0;
        y[i] = x[left] + 0.5 * x[i] * x[right];
    }
}

NOINLINE static void modulo(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) y[i] = x[(i + n - 1) % n] * 0.5 + x[(i + 1) % n] * x[i];
}

NOINLINE static void wide(int n, const double *x, double *y) {
    for (int i = 2; i + 2 < n; i++) y[i] = x[i - 2] - 2 * x[i - 1] * x[i + 2] + 0.5 * x[i + 1];
}

NOINLINE static void gap(int n, const double *x, double *y) {
    for (int i = 0; i + 3 < n; i++) y[i] = x[i] * x[i + 3] + x[i];
}

NOINLINE static void downward(int n, const double *x, double *y) {
    for (int i = n - 2; i > 0; i--) y[i] = x[i - 1] * 0.5 + x[i + 1] * x[i];
}

NOINLINE static void mirrored(int n, const double *x, double *y) {
    for (int i = 1; i + 1 < n; i++) y[n - 1 - i] = x[i - 1] * 0.5 + x[i + 1] * x[i];
}

NOINLINE static void by_two(int n, const double *x, double *y) {
    for (int i = 0; i + 3 < n; i += 2) {
        y[i] = x[i] * x[i + 2] - x[i + 1];
        y[i + 1] = x[i + 3] * x[i] + x[i + 1];
    }
}

NOINLINE static void scaled(int n, const double *x, double *y) {
    double factor = x[0];
    for (int i = 1; i + 1 < n; i++) y[i] = factor * (x[i - 1] + x[i + 1] - 2 * x[i]) + x[n - 1];
}

NOINLINE static void short_index(int n, const double *x, double *y) {
    for (short i = 1; i < n - 1; i++) y[i] = x[(short)(i - 1)] * x[(unsigned char)(i + 1)];
}

NOINLINE static void border(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        int left = i < 3 ? 3 : i - 1, right = i + 1 > n - 2 ? n - 2 : i + 1;
        if (left >= n) left = n - 1;
        if (right < 0) right = 0;
        y[i] = x[left] * x[right];
    }
}

NOINLINE static void plane(int n, const double *x, double *y) { /* 4 rows */
    int width = n / 4;
    for (int i = 0; i < 4; i++) {
        int above = i == 0 ? i : i - 1, below = i == 3 ? i : i + 1;
        for (int j = 0; j < width; j++) {
            int left = j == 0 ? j : j - 1, right = j == width - 1 ? j : j + 1;
            y[i * width + j] = x[above * width + j] + x[below * width + j] * x[i * width + left] -
                               x[i * width + right] * x[i * width + j];
        }
    }
}

NOINLINE static void butterflies(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) y[i] = x[i];
    for (int half = 1; 4 * half <= n; half *= 2)
        for (int begin = 0; begin + 4 * half <= n; begin += 4 * half)
            for (int k = 0; k < half; k++) {
                double *even = &y[begin + 2 * k], *odd = even + 2 * half, c = cos(k), s = sin(k);
                double real = c * odd[0] - s * odd[1], imaginary = c * odd[1] + s * odd[0];
                odd[0] = even[0] - real;
                odd[1] = even[1] - imaginary;
                even[0] += real;
                even[1] += imaginary;
            }
}

NOINLINE static void in_place(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) y[i] = x[i];
    for (int i = 1; i + 1 < n; i++) y[i] = 0.25 * y[i - 1] + y[i + 1] * y[i];
    for (int i = 0; i + 2 < n; i++) y[i] = y[i] * y[i + 2];
}

NOINLINE static void halves(int n, const double *x, double *y) { /* may run into the other half */
    for (int i = 0; i < n; i++) y[i] = x[i];
    for (int distance = n / 2; distance > 2; distance -= 3)
        for (int i = 0; i + 1 + distance < n; i += 2) {
            double a = y[i], b = y[i + distance];
            y[i] = a + 0.5 * b;
            y[i + 1] -= 0.5 * y[i + distance + 1];
            y[i + distance] = a * 0.25;
        }
}

NOINLINE static void singles(int n, const double *x, double *y) {
    float from[64] = {0}, to[64] = {0};
    for (int i = 0; i < n; i++) from[i] = (float)x[i];
    for (int t = 0; t < 3; t++) {
        for (int i = 1; i + 1 < n; i++) to[i] = 0.25f * from[i - 1] + from[i] + 0.5f * from[i + 1];
        for (int i = 1; i + 1 < n; i++) from[i] = to[i] + 0.25f * to[i + 1];
    }
    for (int i = 0; i < n; i++) y[i] = from[i];
}

NOINLINE static void torus(int n, const double *x, double *y) { /* 3 rows */
    int width = n / 3;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < width; j++)
            y[i * width + j] = x[i * width + j] * x[i * width + (j + 1) % width] -
                               0.5 * x[i * width + (j + width - 1) % width] +
                               x[(i + 1) % 3 * width + (j + 5) % width];
}

NOINLINE static void eight(int n, const double *x, double *y) { /* a remainder by a constant */
    for (int i = 0; i < n; i++) y[i] = 0.5 * x[i % 16] + x[i] * x[(i + 9) % 32] + x[(unsigned)i % 8];
}

NOINLINE static void pooled(int n, const double *x, double *y) { /* pairs of two rows, that may meet */
    int w = n / 2 + n % 4;
    for (int i = 0; i < n / 4; i++) {
        double a = fmax(x[2 * i], x[2 * i + 1]), b = fmax(x[w + 2 * i], x[w + 2 * i + 1]);
        y[i] += a > b ? a : b;
    }
}

typedef void stencil(int, const double *, double *);
static stencil *const stencils[] = {three,    clamped,     periodic, modulo, wide,        gap,
                                    downward, mirrored,    by_two,   scaled, short_index, border,
                                    plane,    butterflies, in_place, halves, singles,
                                    torus,    eight,       pooled};

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, three) CASE(1, clamped) CASE(2, periodic) CASE(3, modulo) CASE(4, wide)
        CASE(5, gap) CASE(6, downward) CASE(7, mirrored) CASE(8, by_two) CASE(9, scaled)
        CASE(10, short_index) CASE(11, border) CASE(12, plane) CASE(13, butterflies)
        CASE(14, in_place) CASE(15, halves) CASE(16, singles)
        CASE(17, torus) CASE(18, eight) CASE(19, pooled)
    }
}

/* Two arrays that are only read may have one shadow. */
static double both(int n, const double *x, const double *y) {
    double sum = 0;
    for (int i = 1; i + 1 < n; i++) sum += x[i - 1] * y[i + 1] + x[i] * y[i - 1] - y[i] * x[i + 1];
    return sum;
}

static void shared(void) {
    enum { N = 33 };
    double x[N], dx[N] = {0}, apart[2][N] = {{0}};
    for (int i = 0; i < N; i++) x[i] = cos(i);
    if (!markers_work) return;
    __enzyme_autodiff((void *)both, enzyme_const, N, enzyme_dup, x, dx, enzyme_dup, x, dx);
    __enzyme_autodiff((void *)both, enzyme_const, N, enzyme_dup, x, apart[0], enzyme_dup, x, apart[1]);
    for (int i = 0; i < N; i++) CHECK_CLOSE(dx[i], apart[0][i] + apart[1][i], 1e-13);
}

int main(void) {
    for (int which = 0; which < LENGTH(stencils); which++)
        for (int n = 1; n <= 60; n += n < 20 ? 1 : 8)
            for (int distance = 0; distance <= 80; distance += distance < 4 ? 1 : 19)
                compare(which, n, distance, stencils[which] == singles ? 1e-5 : 1e-11);
    shared();
    return report();
}
