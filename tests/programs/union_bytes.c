/* Words that are integers to the compiler hold doubles at one time and pointers at another, moved there by memcpy or as
   members of unions: nothing but what is done with them tells which. */
#include "check.h"

typedef struct {
    int kind;
    uint64_t word;
} Item;

static void set_number(Item *t, double d) { t->kind = 0, memcpy(&t->word, &d, sizeof d); }
static void set_pointer(Item *t, double *p) { t->kind = 1, memcpy(&t->word, &p, sizeof p); }
static double number_in(const Item *t) {
    double d;
    memcpy(&d, &t->word, sizeof d);
    return d;
}
static double *pointer_in(const Item *t) { return (double *)(uintptr_t)t->word; }
static double value(Item t) {
    switch (t.kind) {
    case 0: return number_in(&t);
    case 1: return *pointer_in(&t);
    case 2: return (double)(int64_t)t.word;
    }
    return 0;
}
static Item scaled(Item t, double by) {
    switch (t.kind) {
    case 0: set_number(&t, number_in(&t) * 0.9 + by); break;
    case 1: set_number(&t, *pointer_in(&t) * by); break;
    case 2: set_number(&t, (int64_t)t.word * by); break;
    }
    return t;
}
NOINLINE static Item scaled_apart(Item t, double by) { return scaled(t, by); }

/* LLVM chooses among the bits of a number and a pointer, as a pointer. */
static double chosen(double *x, int n) {
    uint64_t words[8];
    int kind[8];
    double y[8], sum = 0;
    for (int i = 0; i < n; i++) {
        y[i] = x[i] * x[0];
        if (i & 1) {
            double *p = &y[i];
            memcpy(&words[i], &p, sizeof p), kind[i] = 1;
        } else
            memcpy(&words[i], &y[i], sizeof y[i]), kind[i] = 0;
    }
    for (int i = 0; i < n; i++) {
        uint64_t word = words[i];
        double v;
        if (kind[i])
            v = *(double *)(uintptr_t)word;
        else
            memcpy(&v, &word, sizeof v);
        sum = sum * 0.5 + v * v * x[i];
    }
    return sum;
}
ARRAY_TEST(chosen)

static double followed(double *x, int n) {
    uint64_t words[8];
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double d = x[i] * 2, *p = &x[i];
        if (i & 1)
            memcpy(&words[i], &p, sizeof p);
        else
            memcpy(&words[i], &d, sizeof d);
    }
    for (int i = 0; i < n; i++) {
        double v;
        if (i & 1)
            v = *(double *)(uintptr_t)words[i];
        else
            memcpy(&v, &words[i], sizeof v);
        sum = sum * 0.5 + v * v;
    }
    return sum;
}
ARRAY_TEST(followed)

static double items(double *x, int n, Item (*scale)(Item, double)) {
    Item *t = calloc(6, sizeof *t);
    double y[8], sum = 0.1;
    for (int i = 0; i < n; i++) y[i] = x[i] * (i + 1);
    for (int i = 0; i < 6; i++)
        if (i % 3 == 2)
            set_number(&t[i], x[i % n]);
        else
            set_pointer(&t[i], &y[(i + 1) % n]);
    for (int i = 0; i < 3; i++) {
        sum += value(t[i + 1]) * x[i % n] * 0.3;
        memmove(t, t + 1, 5 * sizeof *t);
        sum += value(t[i + 1]) * x[i % n] * 0.3;
        t[i] = scale(t[i], sum * 0.1);
    }
    for (int i = 0; i < 6; i++) sum += value(t[i]) * (i + 1);
    for (int i = 0; i < n; i++) sum += y[i] * y[i];
    free(t);
    return sum;
}
static double moved(double *x, int n) { return items(x, n, scaled); }
ARRAY_TEST(moved)
static double handed_on(double *x, int n) { return items(x, n, scaled_apart); }
ARRAY_TEST(handed_on)

/* An integer there has no slope: in its shadow lies nothing that could be multiplied by one. */
typedef struct {
    union {
        double d;
        double *p;
        int64_t i;
    } u;
    double w;
    int kind;
} Wide;
static double wide_value(Wide t) {
    switch (t.kind) {
    case 0: return t.u.d;
    case 1: return *t.u.p;
    case 2: return (double)t.u.i;
    }
    return 0;
}
static double whole(double *x, int n) {
    Wide *t = calloc(5, sizeof *t);
    double y[8], sum = 0.1;
    for (int i = 0; i < n; i++) y[i] = x[i] * (i + 1);
    for (int i = 0; i < 5; i++) {
        t[i].w = x[i % n];
        if (i % 3 == 1)
            t[i].kind = 2, t[i].u.i = i + 2;
        else
            t[i].kind = 0, t[i].u.d = x[i % n];
    }
    for (int i = 0; i < 4; i++) {
        t[(i + 2) % 5].kind = 2, t[(i + 2) % 5].u.i = i + 2;
        t[i].kind = 1, t[i].u.p = &y[(i + 1) % n], *t[i].u.p *= 1.1;
        memcpy(&t[i], &t[i + 1], sizeof *t);
        t[i].w = t[i].w * 0.5 + sum * 0.1, sum += t[i + 1].w;
    }
    for (int i = 0; i < 5; i++) sum += wide_value(t[i]) * (i + 1);
    for (int i = 0; i < n; i++) sum += y[i] * y[i];
    free(t);
    return sum;
}
ARRAY_TEST(whole)

int main(void) {
    CHECK(chosen, 0.3, 0.7, -0.5, 1.1);
    CHECK(followed, 0.3, 0.7, -0.5, 1.1);
    CHECK_TOL(moved, 1e-8, -0.389, -0.473, -0.953);
    CHECK_TOL(handed_on, 1e-8, -0.389, -0.473, -0.953);
    CHECK(whole, 0.833, 0.689);
    return report();
}
