#include "check.h"
/* Addresses made aligned: the shadow of memory need not have the same low bits. */
static double raw(double *x, int n) {
    char *base = malloc(n * 8 + 64 + 8) ;
    char *start = base + 8 * (n % 3);
    double *p = (double *)(((uintptr_t)start + 63) & ~(uintptr_t)63);
    for (int i = 0; i < n; i++) p[i] = x[i] * x[i];
    double s = 0;
    for (int i = 0; i < n; i++) s += p[i] * (i + 1);
    free(base);
    return s;
}
ARRAY_TEST(raw)
static double loop(double *x, int n) {
    char buf[1024]; char *at = buf + 8; double *row[8];
    for (int i = 0; i < n; i++) { at = (char *)(((uintptr_t)at + 31) & -32); row[i] = (double *)at; at += 8 * (i % 3 + 1); for (int j = 0; j <= i % 3; j++) row[i][j] = x[i] * (j + 1); }
    double s = 0;
    for (int i = 0; i < n; i++) for (int j = 0; j <= i % 3; j++) s += row[i][j] * row[i][0];
    return s;
}
ARRAY_TEST(loop)

/* Allocators by hand, as numerical libraries have them: Eigen's keeps the block's address in front. */
static void *in_front(size_t size) {
    void *block = malloc(size + 32);
    if (!block) return 0;
    void *made = (void *)(((size_t)block & ~(size_t)31) + 32);
    ((void **)made)[-1] = block;
    return made;
}
static double with_block_in_front(double *x, int n) {
    double *a = in_front(n * sizeof *a), s = 0;
    for (int i = 0; i < n; i++) a[i] = x[i] * x[(i + 1) % n];
    for (int i = 0; i < n; i++) s += a[i] * a[i];
    free(((void **)a)[-1]);
    return s;
}
ARRAY_TEST(with_block_in_front)

/* Numbers are moved from one to another, beside the address in front. */
static void copied(const double *x, double *out, int n) {
    double *a = in_front(n * sizeof *a), *b = in_front(2 * n * sizeof *b);
    for (int i = 0; i < n; i++) a[i] = x[i] * x[i];
    memset(b, 0, 2 * n * sizeof *b);
    memcpy(b, a, n * sizeof *a);
    for (int i = 0; i < n; i++) out[i] = b[i] * b[i] + a[n - 1 - i] * (b[i] + b[2 * n - 1]);
    free(((void **)a)[-1]);
    free(((void **)b)[-1]);
}
static double moved(double *x, int n) {
    double out[8], s = 0;
    copied(x, out, n);
    for (int i = 0; i < n; i++) s += out[i] * (i + 1);
    return s;
}
ARRAY_TEST(moved)

struct kept {
    size_t address;
    char *base;
};
NOINLINE static double *aligned(struct kept *s, int n, int how, size_t align) {
    char *o = malloc(n * sizeof(double) + 64 + align);
    s->base = o;
    s->address = (size_t)o;
    switch (how) {
    case 0: return (double *)((s->address & ~(size_t)31) + 32);
    case 1: return (double *)((s->address + align - 1) / align * align);
    case 2: return (double *)((((size_t)o - 1) | 31) + 1);
    case 3: s->address += 8, s->address &= ~(size_t)15; return (double *)(s->address + 16);
    case 4: return (double *)(o + (32 - (size_t)o % 32));
    case 5: while ((size_t)o % 32) o++; return (double *)o;
    default: s->address = ~(size_t)o; return (double *)~s->address;
    }
}
static double in_all_ways(double *x, int n) {
    double s = 0;
    for (int how = 0; how < 7; how++) {
        struct kept k;
        double *a = aligned(&k, n, how, 32);
        for (int i = 0; i < n; i++) a[i] = x[i] * x[i] + how;
        for (int i = 0; i < n; i++) s += a[i] * a[n - 1 - i] * (how + 1);
        free(k.base);
    }
    return s;
}
ARRAY_TEST(in_all_ways)

/* Vectors are read from where the program has aligned them; shadow memory is aligned otherwise. */
typedef double four __attribute__((vector_size(32)));
static double of_vectors(double *x, int n) {
    double *a = in_front(n * 32), s = 0;
    for (int i = 0; i < n; i++) *(four *)(a + 4 * i) = (four){x[i], 2, x[i] * x[i], 3};
    for (int i = 0; i < n; i++) {
        four v = *(four *)(a + 4 * i);
        v *= v;
        s += v[0] + v[2] * x[0];
    }
    free(((void **)a)[-1]);
    return s;
}
ARRAY_TEST(of_vectors)

int main(void) {
    CHECK(raw, 0.5, 0.75, -1.25);
    CHECK(loop, 0.5, 0.75, -1.25, 0.3, 0.4);
    CHECK(with_block_in_front, 0.5, 0.75, -1.25);
    CHECK(in_all_ways, 0.5, 0.75, -1.25);
    CHECK(moved, 0.5, 0.75, -1.25, 0.3);
    CHECK(of_vectors, 0.5, 0.75, -1.25);
    return report();
}
