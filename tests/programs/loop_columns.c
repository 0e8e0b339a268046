/* Sums along columns, whose reverse may go along rows: products of matrices in the order of the textbook, column sums,
   strides to both sides, rows that overlap; arrays that overlap, so that it may not; more columns than run at a time. */
#define NUMBERS 6000
#include "overlap.h"

#define SHAPE int r = n / 256, c = n % 256 /* rows and columns of b, which lies behind the first r numbers */
#define B(k, j) x[r + (k) * c + (j)]

NOINLINE static void product(int n, const double *x, double *y) {
    SHAPE;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < c; j++) {
            double sum = 0;
            for (int k = 0; k < r; k++) sum += x[i + k] * B(k, j);
            y[i * c + j] = sum;
        }
}

NOINLINE static void apart(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    for (int j = 0; j < c; j++) {
        double sum = 0.5;
        for (int k = 0; k < r; k++) sum += x[k] * B(k, j);
        y[j] = sin(sum) * x[0];
    }
}

NOINLINE static void sums(int n, const double *x, double *y) {
    SHAPE;
    for (int j = 0; j < c; j++) {
        double sum = 0;
        for (int k = 0; k < r; k++) sum += B(k, j);
        y[j] += sum;
    }
}

NOINLINE static void squares(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    for (int j = 0; j < c; j++) {
        double sum = 0;
        for (int k = 0; k < r; k++) sum += B(k, j) * B(k, j) - x[k];
        y[j] = sum * y[j];
    }
}

NOINLINE static void mirrored(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    for (int j = 0; j < c; j++) {
        double sum = 0;
        for (int k = 0; k < r; k++) sum -= x[r - 1 - k] * B(k, c - 1 - j);
        y[j] = sum * (j + 1);
    }
}

NOINLINE static void by_two(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    for (int j = 0; j < c / 2; j++)
        for (int k = 0; k < r; k++) y[j] += x[k] * B(k, 2 * j);
}

NOINLINE static void overlapping_rows(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    for (int j = 0; j < c; j++) {
        double sum = 0;
        for (int k = 0; k < r; k++) sum += x[k] * x[r + 9 * k + j];
        y[j] = sum * sum;
    }
}

/* What is handed to the inner loop are two numbers, of which one is from the tape. */
NOINLINE static void two(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    for (int j = 0; j < c; j++) {
        double first = 0, second = 0;
        for (int k = 0; k < r; k++) {
            first += x[k] * B(k, j);
            second += B(k, j);
        }
        y[j] = first * second;
    }
}

/* The sums go to the numbers that the front of the loop reads. */
NOINLINE static void into_the_front(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    for (int j = 0; j < c; j++)
        for (int k = 0; k < r; k++) y[j] += y[(k + 1) * c + j] * x[k];
}

NOINLINE static void triangle(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    for (int j = 0; j < c; j++) {
        double sum = 0;
        for (int k = 0; k < r && k <= j; k++) sum += x[k] * B(k, j);
        y[j] = sum;
    }
}

NOINLINE static void singles(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    static float a[3000], to[256];
    for (int i = 0; i < r + r * c; i++) a[i] = (float)x[i];
    for (int j = 0; j < c; j++) {
        float sum = 0;
        for (int k = 0; k < r; k++) sum += a[k] * a[r + k * c + j];
        to[j] = sum;
    }
    for (int j = 0; j < c; j++) y[j] = to[j];
}

/* The index starts again at 0 in the middle of a row; so many rows as the compiler knows. */
NOINLINE static void wrapped(int n, const double *restrict x, double *restrict y) {
    SHAPE;
    static double a[64], b[64 * 256];
    for (int k = 0; k < 64; k++) {
        a[k] = x[k % r];
        for (int j = 0; j < 256; j++) b[k * 256 + j] = x[(k * 7 + j) % (r * c)];
    }
    unsigned char start = 256 - c / 2;
    for (int j = 0; j < c; j++) {
        double sum = 0;
        for (int k = 0; k < 64; k++) sum += a[k] * b[k * 256 + (unsigned char)(start + j)];
        y[j] = sum;
    }
}

enum { RESTRICTED = 2 }; /* from here on arrays may not overlap */
typedef void along(int, const double *, double *);
static along *const functions[] = {product, sums,            apart, squares, mirrored, by_two, overlapping_rows,
                                   two,     into_the_front, triangle, singles, wrapped};

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, product) CASE(1, sums) CASE(2, apart) CASE(3, squares) CASE(4, mirrored) CASE(5, by_two)
        CASE(6, overlapping_rows) CASE(7, two) CASE(8, into_the_front) CASE(9, triangle) CASE(10, singles)
        CASE(11, wrapped)
    }
}

int main(void) {
    static const int shapes[][2] = {{1, 1}, {3, 20}, {8, 7}, {8, 8}, {9, 8}, {10, 9}, {12, 40}, {9, 128}, {8, 129}, {10, 200}};
    static const int distances[] = {0, 1, 8, 10, 50, 150, 1030, 2500};
    for (int which = 0; which < LENGTH(functions); which++)
        for (int s = 0; s < LENGTH(shapes); s++)
            for (int d = 0; d < LENGTH(distances); d++)
                if (which < RESTRICTED || distances[d] >= (shapes[s][0] + 1) * (shapes[s][1] + 1))
                    compare(which, shapes[s][0] * 256 + shapes[s][1], distances[d], functions[which] == singles ? 1e-5 : 1e-11);
    return report();
}
