/* Structs of a float and an integer travel as one word: in a constant one, the float has no derivative. */
#include "check.h"

struct pair { float a; int n; };

NOINLINE static struct pair made(double x, int k) {
    if (k & 1) return (struct pair){(float)(x * x), 7};
    return (struct pair){0.3f, 2};
}
NOINLINE static struct pair counted(double x, int k) {
    if (k & 1) return (struct pair){(float)(x * x), k};
    return (struct pair){0.3f, k + 2};
}
NOINLINE static double used(struct pair s, double y) { return s.a * s.n * y; }

static double pairs(double *x, int n) {
    double r = 0;
    for (int i = 0; i < n; i++) {
        struct pair s = counted(x[i], i), t = made(x[i], i + 1);
        r += used(s, x[0]) + used(t, x[1]) + used((struct pair){0.25f, 3}, x[i]);
        if (i == 1) s = (struct pair){0.5f, 4};
        r += s.a * s.n * t.a;
    }
    return r;
}
ARRAY_TEST(pairs)

/* A float beside a constant one, in a word that is put together. */
union halves { float f[2]; uint64_t word; };
struct counted_pair { int n; float a; double b; };
static union halves above(double x, int d) {
    if (d > 0) return above(x, d - 1);
    return (union halves){{(float)(x * x), 3}};
}
static union halves below(double x, int d) {
    if (d > 0) return below(x, d - 1);
    return (union halves){{3, (float)(x * x)}};
}
static struct counted_pair constant_half(double x, int d) {
    if (d > 0) return constant_half(x, d - 1);
    return (struct counted_pair){2, 3, x * x};
}
static double product(union halves s) { return s.f[0] * s.f[1]; }
static double beside(double *x, int n) {
    double r = 0;
    for (int i = 0; i < n; i++) {
        struct counted_pair t = constant_half(x[i], n);
        r += product(above(x[i], n)) * x[0] + product(below(x[i], i)) + t.n * t.a * t.b;
    }
    uint64_t words[4];
    for (int i = 0; i < n; i++) {
        float square = (float)(x[i] * x[0]);
        uint32_t low;
        memcpy(&low, &square, sizeof low);
        words[i] = low | (uint64_t)0x40400000 << 32;
    }
    for (int i = 0; i < n; i++) r += product((union halves){.word = words[i]}) * x[i];
    return r;
}
ARRAY_TEST(beside)

/* The same in a vector of integers. */
typedef int words __attribute__((vector_size(16)));
static int bits_of(double x) {
    float f = (float)x;
    int bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}
static words inserted(double x, int d) {
    if (d > 0) return inserted(x, d - 1);
    return (words){bits_of(x * x), 0x40400000, 7, 0x3f800000};
}
static words interleaved(double x, int d) {
    if (d > 0) return interleaved(x, d - 1);
    words all = {bits_of(x), bits_of(x * x), 0, 0}, rest = {0x40400000, 7, 5, 0x3f800000};
    return __builtin_shufflevector(all, rest, 1, 4, 5, 7);
}
static double vectors(double *x, int n) {
    double r = 0;
    for (int i = 0; i < n; i++) {
        words v = inserted(x[i], n), w = interleaved(x[i], i);
        float f[4], g[4];
        memcpy(f, &v, sizeof f), memcpy(g, &w, sizeof g);
        r += f[0] * f[1] * f[3] * v[2] + g[0] * g[1] * g[3] * w[2] * x[0];
    }
    return r;
}
ARRAY_TEST(vectors)

/* The larger one of two words of bits, in a derivative of a derivative. */
static double larger(double x) {
    uint64_t a, b;
    memcpy(&a, &(double){x * x * x}, sizeof a), memcpy(&b, &(double){x * 0.3}, sizeof b);
    uint64_t words[] = {a > b ? a : b, a < b ? a : b};
    double two[2];
    memcpy(two, words, sizeof two);
    return two[0] * two[1];
}
static double slope(double x) { return __enzyme_fwddiff((void *)larger, x, 1.0); }

int main(void) {
    CHECK_TOL(pairs, 1e-3, 0.3, 0.5, 0.7);
    CHECK_TOL(beside, 1e-3, 0.3, 0.5, 0.7);
    CHECK_TOL(vectors, 1e-3, 0.3, 0.5, 0.7);
    if (markers_work) CHECK_CLOSE(__enzyme_fwddiff((void *)slope, 0.77, 1.0), 3.6 * 0.77 * 0.77, 1e-12);
    return report();
}
