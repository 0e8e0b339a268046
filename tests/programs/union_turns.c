/* Cells that hold a float, a double or a pointer in turn, copied by what does not tell which. */
#include "check.h"
#include <stdlib.h>
#include <string.h>

union cell {
    float f;
    float pair[2];
    double d;
    struct {
        int count;
        float weight;
    } counted;
    const double *p;
};
struct item {
    union cell u;
    int kind;
};

NOINLINE static double number(const struct item *item) {
    switch (item->kind) {
    case 0: return item->u.f * item->u.f;
    case 1: return item->u.d * item->u.d * item->u.d;
    case 2: return item->u.pair[0] * item->u.pair[1];
    case 3: return item->u.counted.count * item->u.counted.weight;
    default: return item->u.p[1] * 3;
    }
}

NOINLINE static void put(struct item *item, int kind, double x, const double *held) {
    item->kind = kind;
    switch (kind) {
    case 0: item->u.f = (float)x; break;
    case 1: item->u.d = x; break;
    case 2:
        item->u.pair[0] = (float)x;
        item->u.pair[1] = (float)(x + 0.5);
        break;
    case 3:
        item->u.counted.count = 5;
        item->u.counted.weight = (float)x;
        break;
    default: item->u.p = held; break;
    }
}

/* Copied as a whole, in parts that overlap, grown, and each cell used for everything. */
static double turns(double x, int n) {
    double held[2] = {x, x * x}, sum = 0;
    struct item *items = malloc(n * sizeof *items);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < n; i++) put(items + i, (i + round) % 5, x + i, held);
        struct item *copied = malloc(n * sizeof *items);
        memcpy(copied, items, n * sizeof *items);
        memmove(copied, copied + 2, (n - 2) * sizeof *items);
        memmove(copied + 1, copied, (n - 1) * sizeof *items);
        struct item last = copied[n - 1];
        copied[n - 1] = copied[0];
        copied[0] = last;
        copied = realloc(copied, 2 * n * sizeof *items);
        memcpy(copied + n, items, n * sizeof *items);
        for (int i = 0; i < 2 * n; i++) sum += number(copied + i) * (i % 3 + 1);
        for (int i = 0; i < n; i++) sum += number(items + i);
        free(copied);
    }
    free(items);
    return sum;
}

/* What is read twice, of which one part moves elsewhere and the other stays. */
static double beside(double x, int n) {
    struct item *items = calloc(n, sizeof *items);
    double sum = 0;
    for (int i = 0; i < n; i++) {
        if (i % 4 != 3) put(items + i, i % 4, x * i, NULL);
        struct item a = items[i], b = i ? items[i - 1] : a;
        sum += number(&a) * number(&b);
        items[i].u.counted.count = 2; /* the other half of a pair stays */
        items[i].kind = i % 4 == 2 ? 3 : i % 4;
        if (i % 4 == 2) sum += number(items + i);
        else put(items + i, 1, x * 2, NULL);
    }
    for (int i = 0; i < n; i++) sum += number(items + i);
    free(items);
    return sum;
}

/* The shadow of a pointer that lay there before is no adjoint of a float (wrong without a word). */
NOINLINE static void point(union cell *u, const double *p) { u->p = p; }
NOINLINE static void single(union cell *u, double x) { u->f = (float)x; }
NOINLINE static double pointed(const union cell *u) { return *u->p; }
NOINLINE static double singled(const union cell *u) { return u->f; }
static double stale(double x, int n) {
    union cell *u = malloc(n * sizeof *u);
    double held = x * x, sum = 0;
    for (int i = 0; i < n; i++) point(u + i, &held);
    for (int i = 0; i < n; i++) sum += pointed(u + i);
    for (int i = 0; i < n; i++) single(u + i, x * i);
    for (int i = 0; i < n; i++) sum += singled(u + i) * x;
    free(u);
    return sum;
}

/* The lower half of a number is overwritten: it is rounded. */
static double halves(double x, int n) {
    struct item *items = malloc(n * sizeof *items), *copied = malloc(n * sizeof *items);
    for (int i = 0; i < n; i++) put(items + i, 1, x * (i + 1), NULL);
    memcpy(copied, items, n * sizeof *items);
    for (int i = 0; i < n; i++) copied[i].u.counted.count = 0;
    double sum = 0;
    for (int i = 0; i < n; i++) sum += copied[i].u.d;
    free(items);
    free(copied);
    return sum;
}

/* Where a pointer is the first member, LLVM moves the union as one, and takes the bits of the numbers from it. */
union pointer {
    const double *p;
    double d;
    float f;
};
struct pointed {
    union pointer u;
    int kind;
};
static double chosen(double x, int n) {
    struct pointed *all = malloc(n * sizeof *all);
    double held = x * x, sum = 0;
    for (int i = 0; i < n; i++) {
        all[i].kind = i % 3;
        if (i % 3 == 0) all[i].u.p = &held;
        else if (i % 3 == 1) all[i].u.d = x * i;
        else all[i].u.f = (float)(x + i);
    }
    for (int i = 0; i < 2 * n; i++) {
        const struct pointed *at = i & 1 ? all + i * 3 % n : all + i * 2 % n;
        struct pointed one = *at;
        sum += one.kind == 0 ? *one.u.p : one.kind == 1 ? one.u.d * one.u.d * i : one.u.f * one.u.f;
    }
    free(all);
    return sum;
}
struct simple {
    union {
        const double *p;
        double d;
    } u;
    int kind;
};
static double handed(struct simple one) { return one.kind ? *one.u.p : one.u.d * one.u.d; }
static double simply(double x, int n) {
    struct simple *all = malloc(n * sizeof *all), last;
    double held = x * x, sum = 0;
    for (int i = 0; i < n; i++)
        if ((all[i].kind = i % 2)) all[i].u.p = &held;
        else all[i].u.d = x * i;
    last = all[0];
    for (int i = 0; i < 2 * n; i++) {
        if (i % 3 == 1) last = all[i % n];
        sum += handed(all[i * 3 % n]) + i * handed(last);
    }
    free(all);
    return sum;
}

/* A float begins within the pointer, beside an integer: copies took the pointer along, and left its adjoint where it was. */
union beside {
    struct {
        int count;
        float weight;
    } counted;
    const double *p;
};
struct tagged {
    int kind;
    union beside u;
};
static double told(const struct tagged *one) {
    return one->kind ? one->u.counted.count * one->u.counted.weight : one->u.p[1] * 2;
}
static double second(double x, int n) {
    struct tagged a[7], b[7], one;
    double held[3] = {x, x * x, x + 1}, sum = 0;
    for (int i = 0; i < 7; i++) {
        if ((a[i].kind = i % 2)) a[i].u.counted.count = i + 1, a[i].u.counted.weight = (float)(x * x + i);
        else a[i].u.p = held + i % 2;
        if ((b[i].kind = i % 3 != 0)) b[i].u.counted.count = i + 3, b[i].u.counted.weight = (float)(x * i);
        else b[i].u.p = held + 1;
    }
    for (int i = 0; i < n; i++) {
        if (i % 3 == 1) one = a[(i + 2) % 7];
        else one = b[(i + 5) % 7];
        a[(i * 3 + 3) % 7] = one;
    }
    for (int i = 0; i < 7; i++) sum += (i + 1) * told(a + i);
    return sum;
}
/* LLVM keeps two of them in registers here, and takes the address for the bits of a double. */
struct numbered {
    int kind;
    union {
        double d;
        float *p;
        float v[3];
    } u;
};
static float numbered(const struct numbered *one) {
    switch (one->kind) {
    case 0: return one->u.d * 0.5;
    case 1: return one->u.p[0] * 2;
    default: return one->u.v[0] * one->u.v[1] + one->u.v[2];
    }
}
static double exchanged(double x, int n) {
    struct numbered a[7], b[7], last;
    float held[8];
    double sum = 0;
    for (int i = 0; i < 8; i++) held[i] = x * (i + 1);
    for (int i = 0; i < 7; i++) {
        if ((a[i].kind = i % 2 == 0)) a[i].u.p = held + (i + 1) % 7;
        else a[i].u.d = x + i;
        if ((b[i].kind = i % 3) == 0) b[i].u.d = x * i;
        else if (i % 3 == 1) b[i].u.p = held + i;
        else b[i].u.v[0] = x, b[i].u.v[1] = x + i, b[i].u.v[2] = 1;
    }
    last = a[0];
    for (int i = 0; i < n; i++) {
        last = a[0];
        a[0] = b[6];
        b[6] = last;
    }
    for (int i = 0; i < 7; i++) sum += (i + 1) * numbered(b + i);
    return sum + numbered(&last);
}

typedef double of_number(double x, int n);
static void check(of_number *f, const char *name, double x, int n, double reverse, double forward) {
    double h = 1.0 / 128, wide = f(x + 2 * h, n) - f(x - 2 * h, n), near = f(x + h, n) - f(x - h, n);
    double want = (8 * near - wide) / (12 * h);
    check_expect(name, "reverse", 0, reverse, want, 1e-4); /* single precision */
    check_expect(name, "forward", 0, forward, want, 1e-4);
}
#define CHECK_IT(f, x, n)                                                                        \
    if (markers_work)                                                                            \
    check(f, #f, x, n, __enzyme_autodiff((void *)f, x, n), __enzyme_fwddiff((void *)f, x, 1.0, n))

static double slope(double x, int n) { return __enzyme_autodiff((void *)stale, x, n); }

int main(void) {
    for (int i = 1; i <= 3; i++) {
        CHECK_IT(turns, 0.5 * i, 7);
        CHECK_IT(beside, 0.5 * i, 9);
        CHECK_IT(stale, 0.5 * i, 4);
        CHECK_IT(chosen, 0.5 * i, 7);
        CHECK_IT(simply, 0.5 * i, 7);
        CHECK_IT(second, 0.5 * i, 9);
        CHECK_IT(exchanged, 0.5 * i, 9);
    }
    if (!markers_work) return report();
    CHECK_CLOSE(__enzyme_autodiff((void *)halves, 0.5, 3), 6, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)slope, 0.5, 1.0, 4), 20, 1e-6); /* no notes are taken there */
    CHECK_CLOSE(__enzyme_autodiff((void *)slope, 0.5, 4), 20, 1e-6);
    return report();
}
