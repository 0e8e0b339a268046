/* Functions without `restrict`, whose arrays overlap, touch, or are apart: the version that is made
   for arrays that are apart must only run where they are. */
#include "overlap.h"

NOINLINE static void products(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) y[i] = x[i] * x[n - 1 - i];
}

static const int order[64] = {7,  3, 0, 9, 9, 2, 14, 5, 1, 11, 6, 30, 4, 8, 12, 10, 13, 20, 17, 15, 2, 1, 0, 5,
                              31, 3};

NOINLINE static void gathered(int n, const double *x, double *y) { /* rows of different lengths */
    int first = 0;
    for (int i = 0; i < n; i++) {
        double sum = 0;
        int end = first + i % 4;
        for (int k = first; k < end; k++) sum += x[k % n] * x[n + order[k % 26]];
        first = end;
        y[i] = sum;
    }
}

NOINLINE static void scattered(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) y[order[i % 26]] = y[order[(i + 1) % 26]] * 0.5 + x[i] * x[i];
}

/* Places beside each other are looked at once: what is between their ends counts, too. */
NOINLINE static void triples(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        const double *p = x + 2 * order[i % 26];
        y[i] = 0.5 * y[i] * p[4] + p[0] * p[3] * x[order[i % 26] + 1];
    }
}

/* Rows by an `int`, of which LLVM makes (t * (2 << 32) - (2 << 32)) >> 32, and a mask. */
NOINLINE static void table(int n, const double *x, double *y) {
    for (int t = 1; t < n; t++) {
        double sum = 0;
        for (int k = 0; k < 2; k++) {
            y[t * 2 + k] = y[(t - 1) * 2] * x[k] + 0.5 * y[(t - 1) * 2 + 1] * x[order[t % 26] * 2 + k];
            sum += y[t * 2 + k];
        }
        for (int k = 0; k < 2; k++) y[t * 2 + k] *= sum;
    }
}

NOINLINE static void triangle(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) y[i] = 0.25 * y[i] * x[j] + x[i - j] * x[i];
}

NOINLINE static void matrix(int n, const double *x, double *y) { /* columns of a matrix */
    int rows = n / 5;
    for (int j = 0; j < 5; j++)
        for (int i = 0; i < rows; i++) y[i] = 0.5 * y[i] + x[i * 5 + j] * x[j * rows];
}

NOINLINE static void backward(int n, const double *x, double *y) {
    for (int i = n - 1; i >= 0; i -= 2) y[i] = x[i] * x[i / 2];
}

NOINLINE static void walking(int n, const double *x, double *y) {
    for (const double *end = x + n; x < end; x++, y++) *y = *x * *x + 0.5 * y[1];
}

NOINLINE static void conditional(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        if (i % 3 == 1) y[i - 1] = x[i] * x[i];
        if (i % 5 == 4 && i + 2 < n) y[i + 2] = x[i - 4] * y[i];
    }
}

NOINLINE static void early(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        if (order[i % 26] == 14) break;
        y[i] = x[i] * x[i + 1];
    }
}

NOINLINE static void bulk(int n, const double *x, double *y) {
    memmove(y, x, n / 2 * sizeof *x);
    for (int i = 0; i < n; i++) y[i] = y[i] * x[i] * x[i];
    memset(y + n / 2, 0, n / 4 * sizeof *y);
}

NOINLINE static void several(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) y[i] = 0.5 * x[i] * x[i];
    for (int i = 1; i < n; i++) y[n - i] += x[i] * y[i - 1] * 0.25;
    for (int half = 1; half < n; half *= 2)
        for (int i = 0; i + half < n; i += 2 * half) y[i] = 0.5 * y[i] + x[half] * y[i + half];
}

NOINLINE static void strided(int n, const double *x, double *y) {
    for (int step = 1; step < 4; step++)
        for (int i = 0; i < n; i += step) y[i] = x[i] * x[n - 1 - i] + 0.25 * y[i];
}

NOINLINE static void counted(int n, const double *x, double *y) { /* an unsigned counter wraps */
    for (unsigned i = n; i-- > 0;) y[i] = x[i] * x[i ^ 1];
}

NOINLINE static void shrinking(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        y[i] = x[i] * x[i];
        if (i % 3 == 2) n--;
    }
}

NOINLINE static void wild(int n, const double *x, double *y) { /* places that nobody goes to */
    unsigned long stride = n > 1000 ? 1 : 0x1555555555555555;
    for (int i = 0; i < n; i++)
        if (i < 26 && order[i] == 7) y[i * stride] = x[i] * x[n - 1 - i];
}

/* Planes of rows, whose sizes are known when it runs, and functions that compute values. */
NOINLINE static void planes(int n, const double *x, double *y) {
    int h = n / 8 + 1, w = n / 6 + 2;
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++) {
            double sum = 0;
            for (int c = 0; c < 2; c++)
                for (int k = 0; k < 2; k++) sum += x[(c * h + i) * w + j + k] * x[c * w + j * k];
            y[i * w + j] = 0.5 * y[j] + fmax(sum, 0.125 * fabs(x[j]));
        }
    for (int i = 0; i + 1 < h; i += 2)
        for (int j = 0; j + 1 < w; j += 2) y[i * w + j] *= fmin(y[(i + 1) * w + j + 1], x[i * w]);
}

NOINLINE static void wild_planes(int n, const double *x, double *y) { /* that nobody goes to */
    unsigned long h = n > 1000 ? 1 : 0x1555555555555555, w = n > 1000 ? 1 : 0x8000000000000001;
    for (unsigned long i = 0; i < (unsigned long)n; i++)
        for (unsigned long c = 0; c < 3; c++)
            if (order[c] == 7 && i < 26 && order[i] == 7) y[(c * h + i) * w + i] = x[i] * x[n - 1 - i];
}

typedef void function(int, const double *, double *);

static int rows(int n) { return n < 4 ? 1 : n < 9 ? 2 : n < 16 ? 3 : n < 25 ? 4 : 5; }

NOINLINE static void factor(int n, const double *x, double *y) { /* y in place, x apart or not */
    int m = rows(n);
    for (int i = 0; i < m; i++)
        for (int j = 0; j <= i; j++) {
            double sum = x[i * m + j] * x[j];
            for (int k = 0; k < j; k++) sum -= y[i * m + k] * y[j * m + k] * 0.125;
            y[i * m + j] = i == j ? sqrt(sum * sum + 1) : sum / (3 + y[j * m + j]);
        }
}

NOINLINE static void carried(int n, const double *x, double *y) {
    for (int i = 1; i < n; i++) y[i] = y[i - 1] * y[i - 1] * x[i] + 0.5 * x[i] * x[i - 1];
}

/* What has been read of y is overwritten, so that the order never holds, x apart or not. */
NOINLINE static void workspace(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        double top = -1e300, sum = 0;
        for (int j = 0; j < n; j++) {
            y[j] = cos(x[i] * x[j]) - 0.5 * sin(x[(i + j) % n]);
            if (y[j] > top) top = y[j];
        }
        for (int j = 0; j < n; j++) sum += y[j] = 1 / (1 + y[j] * y[j] + top * top);
        for (int j = 0; j < n; j++) y[n] = 0.5 * y[n] + sin(y[j] * x[j]) / (1 + sum);
    }
}

/* Places that are made bit by bit: for a power of two, n numbers in the order of reversed bits. */
NOINLINE static void reversed_bits(int n, const double *x, double *y) {
    for (int i = 0, reversed = 0; i < n; i++) {
        y[2 * reversed + 1] = x[i] * x[n - 1 - i] + 0.5 * y[reversed];
        int bit = n >> 1;
        for (; reversed & bit; bit >>= 1) reversed ^= bit;
        reversed |= bit;
    }
}

NOINLINE static void gray(int n, const double *x, double *y) { /* and other ways to make them */
    unsigned place = 5, other = n;
    for (int i = 0; i < n; i++) {
        y[place + 3] = x[i] * x[other & 7];
        unsigned next = i % 3 ? place >> 1 ^ other >> 2 : other >> 1 | place >> 2;
        other = place ^ (i & 1 ? 12 : n);
        place = next;
    }
}

/* Neighbours that a condition keeps within the array: nothing beyond its ends is read. */
NOINLINE static void bordered(int n, const double *x, double *y) {
    for (int i = 0; i < n; i++) {
        double sum = 0.5 * x[i];
        if (i > 0) sum += x[i - 1] * x[i];
        if (i < n - 1) sum -= 0.25 * x[i + 1] * x[i];
        if (i + 5 < n && i >= 4) sum += x[i + 5] * x[i - 4];
        y[i] = 0.5 * y[i] + sum;
    }
    for (long i = n - 1; i >= 0; i--)
        if (i != 0 && n - i > 2) y[i] += x[i - 1] * x[i + 2];
        else if (i == n / 2) y[i] = x[i + 3] * x[2 * i + 1];
    for (unsigned i = 0; i < (unsigned)n; i++)
        if (i - 3 < (unsigned)n / 2) y[i] *= x[i - 3] + 1;
}

NOINLINE static void padded(int n, const double *x, double *y) { /* in rows and columns */
    int h = n / 7 + 1, w = n / 5 + 2;
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++) {
            double sum = 0;
            for (int a = -1; a <= 1; a++)
                for (int b = -1; b <= 1; b++) {
                    int p = i + a, q = j + b;
                    if (p >= 0 && p < h && q >= 0 && q < w) sum += x[70 + a * 3 + b] * x[p * w + q];
                }
            y[i * w + j] = sum;
        }
}

NOINLINE static void limited(int n, const double *x, double *y) { /* by numbers of any size */
    int most = n % 3 ? n / 2 : 2147483647, least = n % 5 ? -2147483647 - 1 : 2;
    long last = n % 4 ? n - 3 : 0x7fffffffffffffff;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < n; i++) {
            if (i - k < most && i - 1 >= least) y[i] += x[i + 1] * x[k];
            if (!(i + 2 > last || i < k)) y[i + k] *= 0.5 + x[i + 2];
        }
}

NOINLINE static void ends_only(int n, const double *x, double *y) { /* which overlap by a number */
    for (int k = 0; k < 2; k++) {
        double low = 1, high = 1, middle = 1;
        for (int i = 0; i < n; i++) {
            if (i >= 4) low += x[i] * x[i];
            if (i + 3 < n) high += x[i + 3] * x[i + 3];
        }
        for (long i = n; i-- > 0;)
            if (i != 0 && 7 > i) middle += x[10 - i] * x[10 - i];
        for (int i = 0; i < n; i++) {
            if (i < 3) y[i] = 0.5 * y[i] * low + high;
            if (3 < i && n - 2 > i) y[i] = 0.25 * y[i] * middle * high + low;
        }
    }
}

NOINLINE static void lowest(int n, const double *x, double *y) {
    for (int k = 0; k < 2; k++) {
        double sum = 1;
        for (int i = 0; i < n; i++)
            if (i >= 3) sum += x[i] * x[i];
        for (int i = 0; i < n; i++)
            if (i < 2) y[i] = 0.5 * y[i] * sum + sum;
    }
}

NOINLINE static void highest(int n, const double *x, double *y) {
    for (int k = 0; k < 2; k++) {
        double sum = 1;
        for (int i = 0; i < n; i++)
            if (i + 1 < n / 2) sum += x[i + 1] * x[i + 1];
        for (int i = 0; i < n; i++)
            if (i >= 1) y[i] = 0.5 * y[i] * sum + sum;
    }
}

NOINLINE static void rows_apart(int n, const double *x, double *y) {
    for (int k = 0; k < 2; k++) {
        double sum = 1;
        for (int i = 0; i < n / 3; i++)
            for (int j = 0; j < 3; j++)
                if (i > 0 && j < 2) sum += x[3 * (i - 1) + j + 1] * x[3 * (i - 1) + j + 1];
        for (int i = 0; i < n / 3; i++)
            for (int j = 0; j < 3; j++)
                if (i != 0 && j > 0) y[3 * i + j - 4] = 0.5 * y[3 * i + j - 4] * sum + sum;
    }
}

static function *const functions[] = {products, gathered, scattered, triangle, matrix, backward, walking, conditional, early, bulk, several, strided, counted, shrinking, wild, factor, carried, workspace, triples, table, planes, wild_planes, reversed_bits, gray, bordered, padded, limited, ends_only, lowest, highest, rows_apart};

static void ask(int which, int n, int distance, double *z, double *tangent, double *w,
                double *shadow) {
    switch (which) {
        CASE(0, products)
        CASE(1, gathered)
        CASE(2, scattered)
        CASE(3, triangle)
        CASE(4, matrix)
        CASE(5, backward)
        CASE(6, walking)
        CASE(7, conditional)
        CASE(8, early)
        CASE(9, bulk)
        CASE(10, several)
        CASE(11, strided)
        CASE(12, counted)
        CASE(13, shrinking)
        CASE(14, wild)
        CASE(15, factor)
        CASE(16, carried)
        CASE(17, workspace)
        CASE(18, triples)
        CASE(19, table)
        CASE(20, planes)
        CASE(21, wild_planes)
        CASE(22, reversed_bits)
        CASE(23, gray)
        CASE(24, bordered)
        CASE(25, padded)
        CASE(26, limited)
        CASE(27, ends_only)
        CASE(28, lowest)
        CASE(29, highest)
        CASE(30, rows_apart)
    }
}

/* Three arrays, of which some are one. */
NOINLINE static double three_arrays(int n, double *a, double *b, const double *c) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        a[i] = a[i] * c[i];
        b[i] = b[i] + a[i] * c[n - 1 - i];
        sum += a[i] * b[i];
    }
    return sum;
}

/* Layers between two buffers that change places, chosen by phis or by selects. */
NOINLINE static double exchanged(int n, double *a, double *b, const double *c) {
    double *from = a, *to = b, sum = 0;
    for (int layer = 0; layer < 3; layer++) {
        for (int i = 0; i < n; i++)
            to[i] = 0.5 * from[n - 1 - i] * c[i] + c[layer] * from[i] * from[i];
        double *other = from;
        from = to;
        to = other;
    }
    for (int i = 0; i < n; i++) sum += from[i] * from[i];
    return sum;
}

NOINLINE static double in_turn(int n, double *a, double *b, const double *c) {
    double sum = 0;
    for (int layer = 0; layer < 4; layer++) {
        double *from = n % (layer + 2) ? a : b, *to = layer & 1 ? a + n / 2 : b;
        for (int i = layer; i < n; i++) to[i - layer] = from[i] * c[i] * c[layer];
        for (int i = 0; i < n; i += 3) sum += to[i] * from[i / 2] * c[i];
    }
    return sum;
}

#define THREE(number, f)                                                                           \
    case number:                                                                                   \
        want = __enzyme_fwddiff((void *)f, enzyme_const, n, enzyme_dup, z + first,                 \
                                tangent + first, enzyme_dup, z + second, tangent + second,         \
                                enzyme_dup, z + third, tangent + third);                           \
        __enzyme_autodiff((void *)f, enzyme_const, n, enzyme_dup, w + first, shadow + first,       \
                          enzyme_dup, w + second, shadow + second, enzyme_dup, w + third,          \
                          shadow + third);                                                         \
        break;

static void three_ways(int which, int n, int first, int second, int third) {
    double z[160], w[160], shadow[160], tangent[160], direction[160], got = 0, want = 0, scale = 0;
    for (int i = 0; i < 160; i++) {
        z[i] = w[i] = 0.5 + 0.25 * sin(3 * i);
        shadow[i] = 0;
        direction[i] = tangent[i] = 0.5 + 0.125 * (i % 7) - 0.75 * (i % 2);
    }
    if (!markers_work) return;
    switch (which) {
        THREE(0, three_arrays)
        THREE(1, exchanged)
        THREE(2, in_turn)
    }
    for (int i = 0; i < 160; i++) {
        got += shadow[i] * direction[i];
        scale += fabs(shadow[i] * direction[i]);
        CHECK_CLOSE(w[i], z[i], 1e-14);
    }
    CHECK_TRUE(fabs(got - want) <= 1e-11 * (scale + fabs(want)));
}

int main(void) {
    for (int which = 0; which < LENGTH(functions); which++)
        for (int n = 1; n <= 32; n += n < 10 ? 1 : 7)
            for (int distance = 0; distance <= 80; distance += distance < 4 ? 1 : 9)
                compare(which, n, distance, 1e-11);
    for (int which = 0; which < 3; which++)
        for (int n = 1; n < 40; n += 6)
            for (int first = 0; first < 90; first += 15)
                for (int second = 0; second < 90; second += 15)
                    three_ways(which, n, first, second, 60);
    return report();
}
