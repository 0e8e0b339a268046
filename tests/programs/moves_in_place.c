/* Loops that only move numbers about, and decide by them where to: sorts of all kinds, pairs, records, numbers
   that are copied and lost; in windows that grow downward, and once a row of an outer loop. */
#include "check.h"
#include <sys/resource.h>

static double ranked(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += (i + 1) * x[i] * x[i] + sin(x[i]) * (i % 3);
    return s;
}

static double insertion(double *x, int n) {
    for (int i = 1; i < n; i++) {
        double v = x[i];
        int j = i;
        while (j > 0 && x[j - 1] > v) {
            x[j] = x[j - 1];
            j--;
        }
        x[j] = v;
    }
    return ranked(x, n);
}
ARRAY_TEST(insertion)

static void sift(double *heap, int root, int size) {
    double moving = heap[root];
    for (int child; (child = 2 * root + 1) < size; root = child) {
        if (child + 1 < size && heap[child + 1] > heap[child]) child++;
        if (!(heap[child] > moving)) break;
        heap[root] = heap[child];
    }
    heap[root] = moving;
}

static double heap_sort(double *x, int n) {
    for (int i = 0; i < n; i++) x[i] = x[i] * (1.5 + 0.125 * x[i]);
    for (int root = n / 2 - 1; root >= 0; root--) sift(x, root, n);
    for (int size = n - 1; size > 0; size--) {
        double largest = x[0];
        x[0] = x[size];
        x[size] = largest;
        sift(x, 0, size);
    }
    return ranked(x, n);
}
ARRAY_TEST(heap_sort)

static double bubble(double *x, int n) {
    for (int end = n - 1; end > 0;) {
        int last = 0;
        for (int i = 0; i < end; i++)
            if (x[i] > x[i + 1]) {
                double t = x[i];
                x[i] = x[i + 1];
                x[i + 1] = t;
                last = i;
            }
        end = last;
    }
    return ranked(x, n);
}
ARRAY_TEST(bubble)

/* From the end down: the window grows downward. */
static double downward(double *x, int n) {
    double *end = x + n;
    for (double *p = end - 2; p >= x; p--) {
        double v = *p, *q = p;
        for (; q + 1 < end && q[1] < v; q++) *q = q[1];
        *q = v;
    }
    return ranked(x, n);
}
ARRAY_TEST(downward)

/* Of the parts that the stack knows, without recursion. */
static double quick(double *x, int n) {
    int stack[64], top = 0;
    stack[top++] = 0;
    stack[top++] = n - 1;
    while (top) {
        int high = stack[--top], low = stack[--top];
        if (low >= high) continue;
        double pivot = x[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot) i++;
            while (x[j] > pivot) j--;
            if (i > j) break;
            double t = x[i];
            x[i++] = x[j];
            x[j--] = t;
        }
        stack[top++] = low, stack[top++] = j;
        stack[top++] = i, stack[top++] = high;
    }
    return ranked(x, n);
}
ARRAY_TEST(quick)

/* What is smaller than what follows is overwritten by it, and lost. */
static double lossy(double *x, int n) {
    for (int gap = n / 2; gap > 0; gap--)
        for (int i = 0; i + gap < n; i++)
            if (x[i] < x[i + gap]) x[i] = x[i + gap];
    return ranked(x, n);
}
ARRAY_TEST(lossy)

/* Each row of its own, and the columns afterwards: the origins of each are kept. */
static double rows(double *x, int n) {
    double s = 0;
    int width = n / 3;
    for (int r = 0; r + width <= n; r += width) {
        for (int i = 1; i < width; i++)
            for (int j = i; j > 0 && x[r + j - 1] < x[r + j]; j--) {
                double t = x[r + j];
                x[r + j] = x[r + j - 1];
                x[r + j - 1] = t;
            }
        for (int i = 0; i < width; i++) x[r + i] *= 1 + x[r + (i + 1) % width];
        s += x[r] * x[r + width - 1];
    }
    return s + ranked(x, n);
}
ARRAY_TEST(rows)

struct record {
    double key;
    int place;
    double value;
};

/* Records with a number that decides, one that goes along, and an integer. */
static double records(double *x, int n) {
    struct record r[16];
    int count = n / 2;
    for (int i = 0; i < count; i++) r[i] = (struct record){x[2 * i] * 2, i, x[2 * i + 1] * x[2 * i]};
    for (int i = 1; i < count; i++) {
        struct record v = r[i];
        int j = i;
        for (; j > 0 && r[j - 1].key > v.key; j--) r[j] = r[j - 1];
        r[j] = v;
    }
    double s = 0;
    for (int i = 0; i < count; i++) s += (i + 1) * r[i].key * r[i].value + r[i].place * r[i].value;
    return s;
}
ARRAY_TEST(records)

/* More happens in the loop than moves: it goes backward as ever. */
static double scaled(double *x, int n) {
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && x[j - 1] > x[j]; j--) {
            double t = x[j] * 1.25;
            x[j] = x[j - 1];
            x[j - 1] = t;
        }
    return ranked(x, n);
}
ARRAY_TEST(scaled)

/* What is found on the way is used behind the loops, too. */
static double seen(double *x, int n) {
    double largest = x[0];
    for (int i = 1; i < n; i++) {
        double v = x[i];
        if (v > largest) largest = v;
        int j = i;
        for (; j > 0 && x[j - 1] > v; j--) x[j] = x[j - 1];
        x[j] = v;
    }
    return ranked(x, n) * largest;
}
ARRAY_TEST(seen)

/* In floats, from the middle of the array, to both sides. */
static double middle(double *x, int n) {
    float s[32], *m = s + 16;
    for (int i = 0; i < n; i++) m[i - n / 2] = (float)x[i];
    for (int end = n - 1; end > 0; end--)
        for (int i = 0; i < end; i++) {
            float *p = m - n / 2 + i;
            if (p[0] > p[1]) {
                float t = p[0];
                p[0] = p[1];
                p[1] = t;
            }
        }
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (i + 1) * (double)m[i - n / 2];
    return sum;
}

/* Far from where the object begins, downward while a number is held. */
static double far_off(double *x, int n) {
    static double many[1000];
    for (int i = 0; i < n; i++) many[500 + i] = sin(x[i]);
    for (int i = 501; i < 500 + n; i++) {
        double v = many[i];
        int j = i;
        for (; j > 500 && many[j - 1] > v; j--) many[j] = many[j - 1];
        many[j] = v;
    }
    return ranked(many + 500, n);
}
ARRAY_TEST(far_off)

/* A number is chosen before another is put down. */
static double chosen(double *x, int n) {
    for (int r = 0; r < n; r++)
        for (int i = 0; i + 2 < n; i++) {
            double a = x[i], b = x[i + 1], larger = a < b ? b : a;
            x[i + 2] = a;
            x[i + 1] = larger;
        }
    return ranked(x, n);
}
ARRAY_TEST(chosen)

/* Exchanges of what lies apart: one step takes `few` of them. */
static double apart(double *x, int n, int steps, int few) {
    double s = 0;
    for (int step = 0; step < steps; step++) {
        for (int k = 0; k < few; k++)
            for (int from = n - 1 - k - step, to; (to = from / 2) > 0; from = to)
                if (x[from] > x[to]) {
                    double t = x[from];
                    x[from] = x[to];
                    x[to] = t;
                }
        x[1] = 0.5 * x[1] * x[2];
        s += x[3] * x[step];
    }
    return s + x[n / 2] * x[1];
}

/* In steps that take few: what is kept is a matter of these, and not of the size of the array. */
static void check_apart(int n, int steps, int few) {
    double *x = malloc(n * sizeof *x), *dx = calloc(n, sizeof *dx), *t = malloc(n * sizeof *t), got = 0;
    for (int i = 0; i < n; i++) x[i] = 1.5 + sin(i);
    __enzyme_autodiff((void *)apart, enzyme_dup, x, dx, enzyme_const, n, enzyme_const, steps, enzyme_const, few);
    for (int i = 0; i < n; i++) x[i] = 1.5 + sin(i), t[i] = cos(i), got += dx[i] * t[i];
    CHECK_CLOSE(got,
                __enzyme_fwddiff((void *)apart, enzyme_dup, x, t, enzyme_const, n, enzyme_const, steps,
                                 enzyme_const, few),
                1e-11);
    free(x), free(dx), free(t);
}

/* One nest right behind another, of another array in between, and one behind what uses the numbers. */
static double several(double *x, int n) {
    double y[16], s = 0;
    for (int i = 0; i < n; i++) y[i] = x[i] * (1.1 + x[(i + 1) % n]);
    for (int gap = n / 2; gap > 0; gap /= 2)
        for (int i = 0; i + gap < n; i++)
            if (x[i] > x[i + gap]) {
                double t = x[i];
                x[i] = x[i + gap];
                x[i + gap] = t;
            }
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && x[j - 1] > x[j]; j--) {
            double t = x[j];
            x[j] = x[j - 1];
            x[j - 1] = t;
        }
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && y[j - 1] < y[j]; j--) {
            double t = y[j];
            y[j] = y[j - 1];
            y[j - 1] = t;
        }
    for (int i = 0; i + 1 < n; i++)
        for (int j = i + 1; j < n; j++)
            if (x[i] < x[j]) x[j] = x[i];
    s += y[0] * x[1];
    x[1] *= 0.3 + x[2];
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && x[j - 1] < x[j]; j--) {
            double t = x[j];
            x[j] = x[j - 1];
            x[j - 1] = t;
        }
    return s + ranked(x, n) * ranked(y, n);
}
ARRAY_TEST(several)

/* Twice over the array, where the second time is left out for some of it. */
static double guarded(double *x, int n) {
    for (int end = n - 1; end > 0; end--)
        for (int i = 0; i < end; i++)
            if (x[i] > x[i + 1]) {
                double t = x[i];
                x[i] = x[i + 1];
                x[i + 1] = t;
            }
    if (n > 5)
        for (int i = n - 3; i > 0; i--)
            for (int j = i; j + 2 < n; j++)
                if (x[j] < x[j + 2]) {
                    double t = x[j];
                    x[j] = x[j + 2];
                    x[j + 2] = t;
                }
    return ranked(x, n);
}
ARRAY_TEST(guarded)

/* Long nests that move two numbers, at the end. */
static double nearly_sorted(double *x, int n, int steps) {
    double s = 0;
    for (int step = 0; step < steps; step++) {
        for (int i = 1; i < n; i++)
            for (int j = i; j > 0 && x[j - 1] > x[j]; j--) {
                double t = x[j];
                x[j] = x[j - 1];
                x[j - 1] = t;
            }
        double a = x[n - 2], b = x[n - 1];
        s += a * b * (step % 5);
        x[n - 1] = a;
        x[n - 2] = 1.0000001 * b;
    }
    return s;
}

#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
enum { instrumented = 1 };
#else
enum { instrumented = 0 };
#endif

/* What is kept is a matter of what moves. */
static void check_nearly_sorted(int n, int steps) {
    double *x = malloc(n * sizeof *x), *dx = calloc(n, sizeof *dx), *t = malloc(n * sizeof *t), got = 0;
    struct rusage before, behind;
    for (int i = 0; i < n; i++) x[i] = 1 + (double)i / n, t[i] = cos(i);
    getrusage(RUSAGE_SELF, &before);
    __enzyme_autodiff((void *)nearly_sorted, enzyme_dup, x, dx, enzyme_const, n, enzyme_const, steps);
    getrusage(RUSAGE_SELF, &behind);
    if (!instrumented) CHECK_TRUE(behind.ru_maxrss - before.ru_maxrss < 100000);
    for (int i = 0; i < n; i++) x[i] = 1 + (double)i / n, got += dx[i] * t[i];
    CHECK_CLOSE(
        got, __enzyme_fwddiff((void *)nearly_sorted, enzyme_dup, x, t, enzyme_const, n, enzyme_const, steps),
        1e-11);
    free(x), free(dx), free(t);
}

int main(void) {
#define ALL(...)               \
    CHECK(insertion, __VA_ARGS__); \
    CHECK(heap_sort, __VA_ARGS__); \
    CHECK(bubble, __VA_ARGS__);    \
    CHECK(downward, __VA_ARGS__);  \
    CHECK(quick, __VA_ARGS__);     \
    CHECK(lossy, __VA_ARGS__);     \
    CHECK_TOL(rows, 1e-7, __VA_ARGS__);      \
    CHECK(records, __VA_ARGS__);   \
    CHECK(scaled, __VA_ARGS__);    \
    CHECK(seen, __VA_ARGS__);      \
    CHECK(far_off, __VA_ARGS__);   \
    CHECK(chosen, __VA_ARGS__);    \
    CHECK_TOL(several, 1e-7, __VA_ARGS__);   \
    CHECK(guarded, __VA_ARGS__)
    ALL(3, 1, 2);
    ALL(0.5, 0.25, -0.75, 2, 1.25, -0.6);
    ALL(1, 2, 3, 4, 5, 6, 7, 8);
    ALL(0.3, -0.7, 0.9, 0.1, -0.2, 0.8, -0.9, 0.4, 0.6, -0.5, 0.7, -0.1);
    if (markers_work) {
        double x[9] = {5, 3, 8, 1, 9, 2, 7, 4, 6}, dx[9] = {0};
        __enzyme_autodiff((void *)middle, enzyme_dup, x, dx, enzyme_const, 9);
        for (int i = 0; i < 9; i++) CHECK_CLOSE(dx[i], x[i], 1e-12);
        check_apart(1 << 20, 2000, 3); /* 8 GB if windows reached over all of it */
        check_apart(3000, 4, 40);
        check_apart(3000, 3, 900);
        check_apart(3000, 2, 2900);
        check_nearly_sorted(200000, 200); /* 300 MB if whole windows were kept */
        check_nearly_sorted(500, 3);
        /* many: the window grows several times */
        enum { MANY = 3000 };
        static double y[MANY], start[MANY], dy[MANY];
        for (int i = 0; i < MANY; i++) start[i] = y[i] = (i * 1237 % MANY) * 1e-3;
        __enzyme_autodiff((void *)heap_sort, enzyme_dup, y, dy, enzyme_const, MANY);
        for (int i = 0; i < MANY; i++) {
            int rank = i * 1237 % MANY;
            double v = start[i] * (1.5 + 0.125 * start[i]);
            double want = ((rank + 1) * 2 * v + cos(v) * (rank % 3)) * (1.5 + 0.25 * start[i]);
            CHECK_CLOSE(dy[i], want, 1e-10);
        }
    }
    return report();
}
