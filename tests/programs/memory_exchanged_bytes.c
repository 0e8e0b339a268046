/* Elements of any type exchanged byte by byte, in the ways that this is written, and a sort that does so. */
#include "check.h"

struct item {
    int k;
    double v;
    float w;
    struct item *self;
};

NOINLINE static void swap_by_index(void *a, void *b, size_t n) {
    char *p = a, *q = b;
    for (size_t i = 0; i < n; i++) {
        char t = p[i];
        p[i] = q[i];
        q[i] = t;
    }
}
NOINLINE static void swap_by_int(void *a, void *b, int n) {
    unsigned char *p = a, *q = b;
    for (int i = 0; i < n; ++i) {
        unsigned char t = p[i];
        p[i] = q[i];
        q[i] = t;
    }
}
NOINLINE static void swap_at_least_one(void *a, void *b, size_t n) {
    char *p = a, *q = b;
    do {
        char t = *p;
        *p++ = *q;
        *q++ = t;
    } while (--n > 0);
}
NOINLINE static void swap_to_end(void *a, void *b, size_t n) {
    char *p = a, *q = b, *end = p + n;
    while (p < end) {
        char t = *q;
        *q++ = *p;
        *p++ = t;
    }
}
NOINLINE static void swap_backward(char *a, char *b, size_t n) {
    while (n) {
        --n;
        char t = a[n];
        a[n] = b[n];
        b[n] = t;
    }
}
static void swap(void *a, void *b, size_t n) {
    char *p = a, *q = b, t;
    while (n--) t = *p, *p++ = *q, *q++ = t;
}

static double each(double *x, int n) {
    struct item y[4];
    const size_t size = sizeof *y;
    for (int i = 0; i < 4; i++) y[i] = (struct item){i, x[i] * x[i], 0.5f * i, &y[i]};
    swap_by_index(y, y + 1, size), swap_by_int(y + 1, y + 2, (int)size), swap_at_least_one(y + 2, y + 3, size);
    swap_to_end(y, y + 2, size), swap_backward((char *)y, (char *)(y + 3), size), swap(y + 1, y + 3, size);
    swap_by_index(y + 1, y + 1, size);
    double s = n;
    for (int i = 0; i < 4; i++) s += y[i].v * (i + 1) + x[0] * y[i].w * y[i].k * i + y[i].self->v * x[i];
    return s;
}
ARRAY_TEST(each)

static void quick(void *base, size_t n, size_t size, int (*compare)(const void *, const void *)) {
    char *b = base;
    if (n < 2) return;
    size_t last = 0;
    swap(b, b + n / 2 * size, size);
    for (size_t i = 1; i < n; i++)
        if (compare(b + i * size, b) < 0) last++, swap(b + last * size, b + i * size, size);
    swap(b, b + last * size, size);
    quick(b, last, size, compare);
    quick(b + (last + 1) * size, n - last - 1, size, compare);
}
static int by_value(const void *a, const void *b) {
    double x = ((const struct item *)a)->v, y = ((const struct item *)b)->v;
    return (x > y) - (x < y);
}
static double sorted(double *x, int n) {
    struct item *y = malloc(n * sizeof *y);
    double s = 0;
    for (int i = 0; i < n; i++) y[i] = (struct item){i, x[i] * x[i], 1, y};
    quick(y, n, sizeof *y, by_value);
    for (int i = 0; i < n; i++) s += y[i].v * (i + 1) + y[i].k * x[i] + y[i].self->v;
    free(y);
    return s;
}
ARRAY_TEST(sorted)

/* Text that is moved on by exchanging neighbours: its derivative ended the program. */
NOINLINE static void rotate(char *p, int n) {
    for (int i = 0; i + 1 < n; i++) {
        char t = p[i];
        p[i] = p[i + 1];
        p[i + 1] = t;
    }
}
static double by_text(double *x, int n) {
    char digits[8] = "12345678";
    double s = 0;
    rotate(digits, n);
    for (int i = 0; i < n; i++) s += (digits[i] - '0') * x[i] * x[i];
    return s;
}
ARRAY_TEST(by_text)

int main(void) {
    CHECK(by_text, 0.75, 3, -0.5, 1, 2);
    CHECK(each, 4, 3, 2, 1);
    CHECK(sorted, 0.75, 3, -0.5, 1, 2);
    return report();
}
