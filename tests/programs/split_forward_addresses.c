/* Split forward mode of functions that look at addresses: where local memory lies differs between the two
   calls, but the tangent is that of what the first call did. All are homogeneous of some degree d, so
   that the derivative along x itself is d times the value. */
#include <enzyme.h>
#include "check.h"
#include "ends.h"

struct first {
    void *tape;
    double value;
};
struct first __enzyme_augmentfwd_first(void *, ...);

static double in_which_order(double *x, int n) { /* 3 */
    double *a = malloc(32), *b = malloc(32);
    a[0] = x[0], b[0] = x[n - 1];
    double r = a < b ? a[0] * a[0] * b[0] : b[0] * b[0] * b[0];
    free(a), free(b);
    return r;
}
static double where(double *x, int n) { /* 2 */
    double a[4], r = 0;
    for (int i = 0; i < n; i++) a[i] = x[i];
    volatile void *seen = a;
    int turns = (uintptr_t)seen / 16 % 7;
    for (int i = 0; i <= turns; i++) r += a[i % 4] * a[i % 4] * (i + 1);
    return r;
}
struct entry {
    void *key;
    double value;
};
static double hashed(double *x, int n) { /* 3 */
    struct entry table[16] = {{0}};
    double *keys[4], s = 0;
    for (int i = 0; i < n; i++) {
        keys[i] = malloc(8 * (1 + i));
        keys[i][0] = x[i];
        unsigned h = (uintptr_t)keys[i] * 2654435761u >> 5 & 15;
        while (table[h].key) h = (h + 1) & 15;
        table[h].key = keys[i], table[h].value = x[i] * x[i];
    }
    for (int h = 0; h < 16; h++)
        if (table[h].key) s = s * 1.5 + table[h].value * *(double *)table[h].key;
    for (int i = 0; i < n; i++) free(keys[i]);
    return s;
}
static double aligned(double *x, int n) { /* 4 */
    char raw[256 + 63];
    double *a = (double *)(((uintptr_t)raw + 63) & ~(uintptr_t)63), s = 0;
    for (int i = 0; i < n; i++) a[i] = x[i] * x[i];
    for (double *p = a; p != a + n; p++) s += *p * a[0];
    return s;
}
static NOINLINE double deep(double *x, int depth) { /* 5 */
    double own[3] = {x[0], x[1], x[2]};
    if (depth) return deep(own, depth - 1) * own[1];
    volatile void *seen = own;
    unsigned kind = (uintptr_t)seen / 16 % 3;
    return kind == 0 ? own[0] * own[0] : kind == 1 ? own[1] * own[2] : 3 * own[2] * own[2];
}
static double recursive(double *x, int n) { return deep(x, n - 1); }
static double sorted_by_address(double *x, int n) { /* 2 */
    double *p[4], s = 0;
    for (int i = 0; i < n; i++) p[i] = malloc(24), *p[i] = x[i];
    for (int i = 1; i < n; i++)
        for (int j = i; j && (uintptr_t)p[j] < (uintptr_t)p[j - 1]; j--) {
            double *t = p[j];
            p[j] = p[j - 1], p[j - 1] = t;
        }
    for (int i = 0; i < n; i++) s = 0.5 * s + *p[i] * *p[i];
    for (int i = 0; i < n; i++) free(p[i]);
    return s;
}
static double in_a_number(double *x, int n) { /* 2: the address is stored as a number, and used */
    uintptr_t kept[4];
    double a[4], s = 0;
    for (int i = 0; i < n; i++) a[i] = x[i], kept[i] = (uintptr_t)&a[i] | (i & 1);
    for (int i = 0; i < n; i++) {
        double *p = (double *)(kept[i] & ~(uintptr_t)7);
        s += kept[i] & 1 ? *p * *p : 2 * *p * a[0];
    }
    return s;
}

void *mempcpy(void *, const void *, size_t);
static char letters[] = ":;";
static double led_into(double *x, int n) { /* 3: pointers that calls return lead into local memory */
    struct { char name[8]; double v[4]; } s = {"ab:c", {x[0], x[1], x[2], x[3]}};
    if (strchr(s.name, letters[1])) return x[0];
    double *v = (double *)(strchr(s.name, letters[0]) + 6);
    return v[0] * v[1] * v[n - 1];
}
static double kept[4];
__attribute__((no_builtin("mempcpy"))) static double behind_copy(double *x, int n) { /* 2 */
    double local[8] = {0}, s = 0;
    kept[3] = x[0];
    double *end = mempcpy(local, x, n / 2 * sizeof *x);
    *end = x[3];
    end = mempcpy(kept, local, (n - 1) * sizeof *x);
    for (int i = 0; i < 8; i++) s += local[i] * local[i] * (i + 1);
    for (int i = 0; i < n; i++) s += x[i] * *end;
    return s;
}

static double one[4], two[5], *now = one, *next = two + 1;
static double exchanged(double *x, int n) { /* 3: global pointers are others behind the first call */
    double *t = now, s = 0;
    now = next, next = t;
    for (int i = 0; i < n; i++) now[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += now[i] * x[0];
    return s;
}

static double x[4] = {1.1, 1.2, 1.3, 1.4};
static void *function_tape;
/* runs somewhere else on the stack and on the heap */
static NOINLINE double elsewhere(double (*run)(void), int k) {
    volatile char pad[80];
    pad[k] = 1;
    void *junk = malloc(40 * k + 24);
    double r = k ? elsewhere(run, k - 1) : run();
    free(junk);
    return pad[k] ? r : 0;
}
static void shuffle_heap(int k) { /* what is released last comes first */
    void *a = malloc(32), *b = malloc(32), *c = malloc(24), *d = malloc(24);
    k ? (free(a), free(b), free(c), free(d)) : (free(b), free(a), free(d), free(c));
}
#define TRY(f, degree)                                                                           \
    static double f##_first(void) {                                                              \
        struct first r = __enzyme_augmentfwd_first((void *)f, enzyme_dup_return, x, x, 4);       \
        function_tape = r.tape;                                                                  \
        return r.value;                                                                          \
    }                                                                                            \
    static double f##_second(void) {                                                             \
        double dx[4];                                                                            \
        memcpy(dx, x, sizeof x);                                                                 \
        return __enzyme_fwdsplit((void *)f, x, dx, 4, function_tape);                            \
    }                                                                                            \
    static void f##_try(void) {                                                                  \
        for (int k = 0; k < 8; k++) {                                                            \
            shuffle_heap(k & 1);                                                                 \
            double value = elsewhere(f##_first, k);                                              \
            shuffle_heap(~k & 1);                                                                \
            CHECK_CLOSE(elsewhere(f##_second, 7 - k), degree * value, 1e-9);                     \
        }                                                                                        \
    }
TRY(in_which_order, 3)
TRY(where, 2)
TRY(hashed, 3)
TRY(aligned, 4)
TRY(recursive, 5)
TRY(sorted_by_address, 2)
TRY(in_a_number, 2)
TRY(exchanged, 3)
TRY(led_into, 3)
TRY(behind_copy, 2)

/* a function that would do something else the second time: the program ends and says so */
static double first_ones(double *y, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += y[i] * y[i];
    return s;
}
static void other_way(int n) {
    double dx[4] = {1};
    IN_CHILD({
        struct first r = __enzyme_augmentfwd_first((void *)first_ones, enzyme_dup_return, x, x, 3);
        __enzyme_fwdsplit((void *)first_ones, x, dx, n, r.tape);
    });
    CHECK_TRUE(n == 3 ? child_exit == 0 : strstr(child_said, "went another way") != NULL);
}

int main(void) {
    if (!markers_work) return report();
    for (int n = 2; n <= 4; n++) other_way(n);
    in_which_order_try();
    where_try();
    hashed_try();
    aligned_try();
    recursive_try();
    sorted_by_address_try();
    in_a_number_try();
    exchanged_try();
    led_into_try();
    behind_copy_try();
    return report();
}
